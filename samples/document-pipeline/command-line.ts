import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { UsageError } from './usage-error.js';

/** This file is built to `dist/samples/document-pipeline/`. */
const INSTALLED = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const MOST_PROCESSES = 8;

/** What the user asked for. */
export interface PipelineOptions {
  /** Where the documents are. */
  readonly folder: string;
  /** At most so many of them. */
  readonly documents: number;
  /** Workers; undefined: everything in one process. */
  readonly processes: number | undefined;
  readonly help: boolean;
}

/** Shown by `--help`. */
export const USAGE = `Usage: npm run start:document-pipeline -- [folder] [options]

Reads the Markdown files below a folder, and says how they read.

  folder            where they are (default: the packages that are installed here)
  --documents <n>   at most so many of them (default: 300)
  --processes <n>   by so many processes, 3 to ${MOST_PROCESSES}, over queues in an SQLite file; one of them is killed in the middle (default: in one)
  --help            print this

Exit code: 0 when nothing is missing, 1 when something is, 2 when the command line makes no sense.
`;

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): PipelineOptions {
  const { values, positionals } = parse(args);
  const [folder = INSTALLED, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Expected one folder, got ${positionals.join(' ')}.`);
  const { documents = '300', processes, help = false } = values;
  return {
    folder: resolve(folder),
    documents: readNumber('--documents', documents, 1, 100_000),
    processes: processes === undefined ? undefined : readNumber('--processes', processes, 3, MOST_PROCESSES),
    help,
  };
}

function readNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(
    `Expected ${option} to be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}.`,
  );
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        documents: { type: 'string' },
        processes: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // The first sentence; the others teach the use of `--`.
    throw new UsageError(`${(error as TypeError).message.split('. ')[0]}.`);
  }
}
