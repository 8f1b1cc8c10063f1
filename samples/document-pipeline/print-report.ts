import { createHash } from 'node:crypto';

import type { Paint } from '../shared/paint.js';
import type { Grade } from './messages/grade.js';
import type { PipelineRun } from './pipeline-run.js';

/** Shorter ones say nothing about how they read. */
const LEAST_WORDS = 200;
const SHOWN = 5;
const LONGEST_PATH = 56;
const HEAD = ['words', 'headings', 'links', 'code', 'density', 'ease'];

/** The documents that are easiest to read, and those that are hardest, with the sums of all. */
export function printTable(grades: readonly Grade[], { bold, dim }: Paint): string {
  const ranked = grades
    .filter(({ words }) => words >= LEAST_WORDS)
    .toSorted((one, other) => other.ease - one.ease || (one.path < other.path ? -1 : 1));
  const [easy, hard] = [ranked.slice(0, SHOWN), ranked.slice(SHOWN).slice(-SHOWN)];
  const [words, headings, links, code] = (['words', 'headings', 'links', 'codeBlocks'] as const).map((field) =>
    grades.reduce((sum, grade) => sum + grade[field], 0),
  );
  const rows = [...easy, undefined, ...hard].map((grade) => (grade === undefined ? dim('…') : line(grade)));
  const sums = line({ path: `all ${grades.length}`, words, headings, links, codeBlocks: code });
  return [dim(cells('easy to read, and hard', HEAD)), ...rows, bold(sums)].map((row) => `${row}\n`).join('');
}

/** Equal for equal results: those of one process and of many are compared by it. */
export function fingerprintOf(grades: readonly Grade[]): string {
  return createHash('sha256').update(JSON.stringify(grades)).digest('hex').slice(0, 12);
}

/** `3.2 s`. */
export function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** What is missing or has failed; undefined when nothing is. */
export function complaintAbout({ outcome, grades }: PipelineRun, expected: number): string | undefined {
  const missing = expected - grades.length;
  const [failure] = outcome.failures;
  if (failure !== undefined) return `${outcome.failures.length} failed, the first one with: ${failure}`;
  return missing === 0 ? undefined : `${missing} missing`;
}

type Row = { readonly path: string } & { readonly [F in keyof Grade]?: Grade[F] | undefined };

function line({ path, words, headings, links, codeBlocks, density, ease }: Row): string {
  const numbers = [words, headings, links, codeBlocks].map((value) => (value ?? 0).toLocaleString('en'));
  return cells(shortened(path), [...numbers, percent(density), ease === undefined ? '' : String(ease)]);
}

function cells(first: string, rest: readonly string[]): string {
  return `${first.padEnd(LONGEST_PATH)}${rest.map((cell) => cell.padStart(9)).join('')}`.trimEnd();
}

function percent(value: number | undefined): string {
  return value === undefined ? '' : `${value} %`;
}

/** The end tells more than the beginning. */
function shortened(path: string): string {
  return path.length < LONGEST_PATH ? path : `…${path.slice(2 - LONGEST_PATH)}`;
}
