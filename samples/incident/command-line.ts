import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { fileStamp } from '../shared/file-stamp.js';

/** What the user asked for. */
export interface IncidentOptions {
  /** Decides which orders the bank treats badly, and how. */
  readonly seed: number;
  /** Where the JSON log goes. */
  readonly log: string;
  /** The SQLite file in which the runs are kept. */
  readonly history: string;
  readonly json: boolean;
  /** Serves the inspector, until Ctrl-C. */
  readonly inspect: boolean;
  readonly help: boolean;
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Shown by `--help`. */
export const USAGE = `Usage: npm start -- [options]

Sends the orders of a fish shop through a flow, which charges them at a bank that has a bad day.

  --seed <number>  decides what goes wrong; the same seed gives the same run (default: 1)
  --log <file>     where the JSON log goes (default: a new file in the system's temporary directory)
  --history <file> where the runs are kept, an SQLite file (default: a new one in the system's temporary directory)
  --inspect        serve the inspector, while it runs and after, until Ctrl-C
  --json           print the report as JSON, and no lines
  --help           print this

Exit code: 0 when all orders came to an end and no log line was lost, 1 when not, 2 when the command line makes no sense.
`;

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): IncidentOptions {
  const { seed = '1', log, history, json = false, inspect = false, help = false } = parse(args);
  if (!/^\d{1,9}$/.test(seed))
    throw new UsageError(`Expected --seed to be a whole number, got ${JSON.stringify(seed)}.`);
  if (inspect && json) throw new UsageError('Expected --inspect without --json, whose output is for programs.');
  const fresh = join(tmpdir(), `incident-${fileStamp()}`);
  return {
    seed: Number(seed),
    log: resolve(log ?? `${fresh}.log`),
    history: resolve(history ?? `${fresh}.db`),
    json,
    inspect,
    help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        log: { type: 'string' },
        history: { type: 'string' },
        json: { type: 'boolean' },
        inspect: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // The first sentence; the others teach the use of `--`.
    throw new UsageError(`${(error as TypeError).message.split('. ')[0]}.`);
  }
}
