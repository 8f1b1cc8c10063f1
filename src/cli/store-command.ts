import { oneLine } from '../logging/lines/human/human-text.js';
import { CommandFailure } from './command-failure.js';
import { EXIT } from './exit-codes.js';
import { invalidValue, parseCount, parseDuration } from './option-values.js';
import { paintFor } from './paint.js';
import { findPlace } from './sources/find-place.js';
import { withStore } from './sources/open-store.js';
import type { SourceOptions } from './sources/source-options.js';
import type { Terminal } from './terminal.js';
import { padBefore, padTo } from './text-width.js';

/** Options of `penguiflow store stats`. */
export interface StatsOptions extends SourceOptions {
  readonly json?: true;
}

/** Options of `penguiflow store prune`. */
export interface PruneOptions extends StatsOptions {
  readonly success?: string;
  readonly failed?: string;
  readonly maxRuns?: string;
  readonly maxBytes?: string;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** `penguiflow store migrate` */
export async function migrateStore(terminal: Terminal, options: SourceOptions): Promise<number> {
  const place = await findPlace(terminal, options, 'store');
  const { runs } = await withStore(place, 'migrate', (store) => store.stats());
  await terminal.print(`The store is up to date, and has ${counted(runs, 'run')}.\n`);
  return EXIT.ok;
}

/** `penguiflow store stats` */
export async function showStats(terminal: Terminal, options: StatsOptions): Promise<number> {
  const place = await findPlace(terminal, options, 'store');
  const stats = await withStore(place, 'read', (store) => store.stats());
  if (options.json === true) {
    await terminal.print(`${JSON.stringify(stats)}\n`);
    return EXIT.ok;
  }
  const { dim, bold } = paintFor(terminal.colours);
  const facts = [
    ['runs', grouped(stats.runs)],
    ['under way', grouped(stats.running)],
    ['pinned', grouped(stats.pinned)],
    ['attempts', grouped(stats.attempts)],
    ['payloads', bytesText(stats.payloadBytes)],
    ['size', bytesText(stats.bytes)],
  ] as const;
  const lines = facts.map(([name, value]) => `${padTo(name, 10)} ${padBefore(value, 12)}`);
  const flows = new Map<string, Map<string, number>>();
  for (const { flow, status, runs } of stats.counters) {
    const statuses = flows.get(flow) ?? new Map<string, number>();
    flows.set(flow, statuses.set(status, (statuses.get(status) ?? 0) + runs));
  }
  for (const [flow, statuses] of [...flows].toSorted(([one], [other]) => one.localeCompare(other))) {
    const counts = [...statuses].toSorted(([, one], [, other]) => other - one);
    lines.push(
      `${lines.length === facts.length ? '\n' : ''}${bold(oneLine(flow))}  ${dim(counts.map(([status, runs]) => `${grouped(runs)} ${oneLine(status)}`).join(', '))}`,
    );
  }
  await terminal.print(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

/** `penguiflow store prune` */
export async function pruneStore(terminal: Terminal, options: PruneOptions): Promise<number> {
  const { success, failed, maxRuns, maxBytes } = options;
  const keep = {
    successS: success === undefined ? undefined : parseDuration(success, '--success') / 1_000,
    failedS: failed === undefined ? undefined : parseDuration(failed, '--failed') / 1_000,
    maxRuns: maxRuns === undefined ? undefined : parseCount(maxRuns, '--max-runs'),
    maxBytes: maxBytes === undefined ? undefined : parseBytes(maxBytes),
  };
  if (Object.values(keep).every((value) => value === undefined)) {
    const hint = 'Give --success 7d, --failed 30d, --max-runs 100000 or --max-bytes 1G: what is over it is deleted.';
    throw new CommandFailure(EXIT.usage, 'Nothing says what to keep', hint);
  }
  const place = await findPlace(terminal, options, 'store');
  const deleted = await withStore(place, 'prune', async (store) => {
    let total = 0;
    for (;;) {
      const step = await store.prune({ keep, nowMs: Date.now() });
      total += step.deleted;
      if (!step.more) return total;
    }
  });
  const text = options.json === true ? JSON.stringify({ deleted }) : `Deleted ${counted(deleted, 'run')}.`;
  await terminal.print(`${text}\n`);
  return EXIT.ok;
}

function parseBytes(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kmgt]?)b?$/i.exec(text) ?? [];
  if (number === undefined) throw invalidValue('--max-bytes', 'a size, as 500M or 2G', text);
  return Math.round(Number(number) * UNITS[unit!.toLowerCase()]!);
}

function bytesText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  const [unit, size] = (['kB', 'MB', 'GB', 'TB'] as const)
    .map((name, at) => [name, 1_000 ** (at + 1)] as const)
    .findLast(([, size]) => bytes >= size)!;
  return `${(bytes / size).toFixed(bytes / size < 10 ? 2 : 1)} ${unit}`;
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

function counted(number: number, word: string): string {
  return `${grouped(number)} ${word}${number === 1 ? '' : 's'}`;
}
