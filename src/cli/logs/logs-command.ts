import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';

import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { invalidValue, parseCount } from '../option-values.js';
import { sayFailure } from '../say-failure.js';
import type { Terminal } from '../terminal.js';
import { LEVEL_RANKS, npmLevel } from '../../logging/lines/logging-level.js';
import { nearestLevel } from '../../logging/lines/nearest-level.js';
import { FollowedFile } from './follow-file.js';
import { LineFilter, type LineFilterOptions } from './line-filter.js';
import { LinePrinter } from './line-printer.js';
import { canBeFollowed, fileFailure, openLog } from './open-log.js';

/** Options of `penguiflow logs`. */
export interface LogsOptions extends LineFilterOptions {
  readonly json?: true;
  readonly follow?: true;
  readonly lines?: string;
  readonly all?: true;
  readonly fullIds?: true;
}

/** How often files are looked at. */
const LOOK_MS = 100;

/** `penguiflow logs [FILE…]` */
export async function showLogs(terminal: Terminal, files: readonly string[], options: LogsOptions): Promise<number> {
  // What a line leaves behind is garbage at once: it needs no more room than at the start. Where V8 has no such flag it takes more memory.
  setFlagsFromString('--semi-space-growth-factor=1');
  const { json = false, follow = false, lines, all = false, fullIds = false } = options;
  const level = options.level === undefined ? undefined : levelNamed(options.level);
  const filter = new LineFilter({ ...options, ...(level === undefined ? {} : { level }) }, Date.now());
  const last = lines === undefined ? undefined : parseCount(lines, '--lines');
  const { colours, columns } = terminal;
  const printer = (): LinePrinter => new LinePrinter({ filter, json, colours, columns, all, fullIds });
  if (files.length === 0 && terminal.stdin.isTTY) {
    throw new CommandFailure(
      EXIT.usage,
      'No file to read, and nothing comes in',
      'Name a file, or pipe a log into it.',
    );
  }
  if (last !== undefined && !follow) {
    throw new CommandFailure(
      EXIT.usage,
      '--lines goes with --follow',
      'Without it use tail: tail -n 20 app.log | penguiflow logs',
    );
  }
  const paths = files.length === 0 ? ['-'] : files;
  const followed = follow ? await filesToFollow(paths) : [];
  if (followed.length > 0) {
    const others = paths.filter((path) => !followed.includes(path));
    const [never] = await Promise.all([
      followAll(terminal, followed, printer, last),
      showAll(terminal, others, printer),
    ]);
    return never;
  }
  return showAll(terminal, paths, printer);
}

async function filesToFollow(paths: readonly string[]): Promise<string[]> {
  const followed: string[] = [];
  for (const path of paths) if (await canBeFollowed(path)) followed.push(path);
  return followed;
}

/** One after the other, each to its end. */
async function showAll(terminal: Terminal, paths: readonly string[], printer: () => LinePrinter): Promise<number> {
  let exitCode: number = EXIT.ok;
  for (const path of paths) {
    try {
      await showOne(terminal, path, printer());
    } catch (error) {
      // As `cat` does: what can be read is shown.
      exitCode = sayFailure(terminal, fileFailure(error, path));
    }
  }
  return exitCode;
}

async function showOne(terminal: Terminal, path: string, printer: LinePrinter): Promise<void> {
  const bytes = await openLog(path, terminal.stdin);
  try {
    for await (const chunk of bytes) for (const piece of printer.push(chunk)) await terminal.write(piece);
  } finally {
    for (const piece of printer.end()) await terminal.write(piece);
  }
}

async function followAll(
  terminal: Terminal,
  paths: readonly string[],
  printer: () => LinePrinter,
  last: number | undefined,
): Promise<never> {
  const followed = await Promise.all(
    paths.map(async (path) => {
      const file = new FollowedFile(path);
      await file.open(last).catch((error: unknown) => {
        throw fileFailure(error, path);
      });
      return { file, printer: printer() };
    }),
  );
  for (;;) {
    for (const { file, printer } of followed) {
      for await (const chunk of file.read()) {
        for (const piece of chunk === 'anew' ? printer.end() : printer.push(chunk)) await terminal.write(piece);
      }
    }
    await setTimeout(LOOK_MS);
  }
}

function levelNamed(text: string): string {
  const level = nearestLevel(LEVEL_RANKS, text.toLowerCase());
  if (level === undefined) throw invalidValue('--level', `one of ${Object.keys(LEVEL_RANKS).join(', ')}`, text);
  return npmLevel(level);
}
