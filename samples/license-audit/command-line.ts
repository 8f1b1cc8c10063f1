import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { UsageError } from './usage-error.js';
import { fileStamp } from '../shared/file-stamp.js';

/** What the user asked for; all paths are absolute. */
export interface AuditOptions {
  readonly directory: string;
  readonly policy: string;
  readonly log: string;
  /** The SQLite file in which the runs are kept; undefined: nowhere. */
  readonly history: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** Shown by `--help`, and when the command line is wrong. */
export const USAGE = `Usage: npm run start:license-audit -- [directory] [options]

Audits the licences of the packages that are installed in a directory's node_modules.

  directory        the project to audit (default: this one)
  --policy <file>  what is allowed, to be reviewed and denied (default: samples/license-audit/policy.json)
  --log <file>     where the structured log goes (default: a new file in the system's temporary directory)
  --history <file> keeps what was done in an SQLite file (default: nowhere)
  --json           print the report as JSON
  --help           print this

Exit code: 0 when the policy holds, 1 when it does not, 2 when the audit cannot begin.
`;

/**
 * Reads the command line.
 *
 * @param home - the directory of this project, which the defaults lie in
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[], home: string): AuditOptions {
  const { values, positionals } = parse(args);
  const [directory, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Expected one directory, got ${positionals.join(' ')}.`);
  return {
    directory: resolve(directory ?? home),
    policy: resolve(values.policy ?? join(home, 'samples/license-audit/policy.json')),
    log: resolve(values.log ?? join(tmpdir(), `license-audit-${fileStamp()}.log`)),
    history: values.history === undefined ? undefined : resolve(values.history),
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: 'string' },
        log: { type: 'string' },
        history: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // The first sentence; the others teach the use of `--`.
    throw new UsageError(`${(error as TypeError).message.split('. ')[0]}.`);
  }
}
