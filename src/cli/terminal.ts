import { harmless } from './harmless.js';

/** Where a command writes to, and what that can show. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  /** Stdout is a terminal. */
  readonly isInteractive: boolean;
  readonly colours: boolean;
  /** Of stderr, which may lead elsewhere. */
  readonly noteColours: boolean;
  /** Characters in a line. */
  readonly columns: number;
  readonly rows: number;
  /** Writes to stdout, as it is; resolves when it takes more. */
  write(output: string | Uint8Array): Promise<void>;
  /** Writes text that may have been made of anything: nothing in it drives the terminal but our own colours. */
  print(text: string): Promise<void>;
  /** A line on stderr, as harmless. */
  note(line: string): void;
  /** Has whatever else writes to stdout from now on write to stderr. */
  reserve(): void;
  /** Until all of it is written. */
  flushed(): Promise<void>;
}

/** Characters in a line where nobody knows. */
const COLUMNS = 120;
const ROWS = 24;

/** The terminal of this process. */
export function processTerminal({ stdin, stdout, stderr, env }: NodeJS.Process): Terminal {
  const toStdout: typeof stdout.write = stdout.write.bind(stdout);
  const write = async (output: string | Uint8Array): Promise<void> => {
    if (output.length === 0 || toStdout(output)) return;
    await new Promise<void>((resolve) => {
      stdout.once('drain', resolve);
    });
  };
  return {
    env,
    stdin,
    isInteractive: stdout.isTTY,
    colours: wantsColours(env, stdout.isTTY),
    noteColours: wantsColours(env, stderr.isTTY),
    get columns() {
      return stdout.isTTY && stdout.columns > 0 ? stdout.columns : (numberIn(env['COLUMNS']) ?? COLUMNS);
    },
    get rows() {
      return stdout.isTTY && stdout.rows > 0 ? stdout.rows : ROWS;
    },
    write,
    async print(text) {
      return write(harmless(text));
    },
    note(line) {
      stderr.write(`${harmless(line)}\n`);
    },
    reserve() {
      stdout.write = stderr.write.bind(stderr);
    },
    async flushed() {
      await new Promise<void>((resolve) => {
        toStdout('', () => resolve());
      });
    },
  };
}

/** `FORCE_COLOR` wins over `NO_COLOR`, as in Node; an empty one says nothing. */
function wantsColours(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return isTerminal && env['TERM'] !== 'dumb';
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{1,3}$/.test(text) ? Number(text) : undefined;
}
