import { readdirSync, readFileSync } from 'node:fs';

/**
 * A program of the documentation: a block that begins with ` ```ts run `, and the ` ```text ` block after it. A block that begins with
 * ` ```ts run more ` is added to the program before it, and what it prints to what that one prints.
 */
export interface DocExample {
  /** `docs/guide/policy.md:12`, to find it. */
  readonly place: string;
  /** Name of the file it is compiled as, without extension. */
  readonly name: string;
  readonly code: string;
  /** What the page says it prints. */
  readonly output: string | undefined;
}

interface Block {
  readonly info: string;
  readonly line: number;
  readonly text: string;
}

const FENCE = /^(?<mark>`{3,})(?<info>[^`\n]*)\n(?<text>[^]*?)^\k<mark>$/gm;

/** README.md and the pages of the guide and the reference. */
export function documentedPages(): readonly string[] {
  const pages = ['docs/guide', 'docs/reference'].flatMap((folder) =>
    readdirSync(folder).map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...pages.filter((path) => path.endsWith('.md')).toSorted()];
}

/** The runnable programs of a page. */
export function examplesOf(path: string): readonly DocExample[] {
  const blocks = blocksOf(readFileSync(path, 'utf8'));
  const examples: DocExample[] = [];
  for (const [index, { info, line, text }] of blocks.entries()) {
    const before = info === 'ts run more' ? examples.at(-1) : undefined;
    if (info !== 'ts run' && before === undefined) continue;
    const next = blocks[index + 1];
    const output = next?.info === 'text' ? next.text : undefined;
    examples.push({
      place: `${path}:${line}`,
      name: `${path.replace(/^docs\/\w+\//, '').replace(/\.md$/, '')}-${line}`.toLowerCase(),
      code: `${before?.code ?? ''}${text}`,
      output: before === undefined || output === undefined ? output : `${before.output ?? ''}${output}`,
    });
  }
  return examples;
}

/** The first block of a page with that info string; what a page shows as a file is used as that file. */
export function blockOf(path: string, info: string): string {
  const found = blocksOf(readFileSync(path, 'utf8')).find((block) => block.info === info);
  if (found === undefined) throw new Error(`${path} has no block marked ${info}`);
  return found.text;
}

/** Makes two runs of one program equal: times, ids and durations are named instead of shown, and what a busy machine adds is left out. */
export function masked(output: string): string {
  return output
    .replace(/^.*\bheld the event loop for\b.*\n?/gm, '')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, '<time>')
    .replace(/\b\d\d:\d\d:\d\d\.\d{3}\b/g, '<clock>')
    .replace(/\b[0-9a-f]{32}\b/g, '<id>')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{8}$/gm, '<id>')
    .replace(/((?:latency|untaken)_ms"?[:=] ?)[\d.]+/g, '$1<ms>')
    .replace(/("Timestamp":")\d+/g, '$1<time>')
    .replace(/\b\d+(\.\d+)? (?:µs|ms|s|min)\b/g, '<duration>')
    .replace(/\b\d{10}(\.\d+)?\b|\b\d+\.\d{3,}\b/g, '<number>')
    .replace(/file:\/\/\/[^\s"')]+/g, '<file>')
    .replace(/\(node:\d+\)/g, '(node)')
    .replace(/ +$/gm, '')
    .trim();
}

function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    info: match.groups?.['info']?.trim() ?? '',
    line: text.slice(0, match.index).split('\n').length,
    text: match.groups?.['text'] ?? '',
  }));
}
