/** Where a command writes to, and what that can show. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  /** Stdout is a terminal. */
  readonly isInteractive: boolean;
  readonly colours: boolean;
  /** Characters in a line. */
  readonly columns: number;
  readonly rows: number;
  /** Writes to stdout; resolves when it takes more. */
  write(output: string | Uint8Array): Promise<void>;
  /** A line on stderr. */
  note(line: string): void;
}

/** Characters in a line where nobody knows. */
const COLUMNS = 120;
const ROWS = 24;

/** The terminal of this process. */
export function processTerminal({ stdin, stdout, stderr, env }: NodeJS.Process): Terminal {
  return {
    env,
    stdin,
    isInteractive: stdout.isTTY,
    colours: wantsColours(env, stdout.isTTY),
    get columns() {
      return stdout.isTTY && stdout.columns > 0 ? stdout.columns : (numberIn(env['COLUMNS']) ?? COLUMNS);
    },
    get rows() {
      return stdout.isTTY && stdout.rows > 0 ? stdout.rows : ROWS;
    },
    async write(output) {
      if (output.length === 0 || stdout.write(output)) return;
      await new Promise<void>((resolve) => {
        stdout.once('drain', resolve);
      });
    },
    note(line) {
      stderr.write(`${line}\n`);
    },
  };
}

/** `FORCE_COLOR` wins over `NO_COLOR`, as in Node; an empty one says nothing. */
export function wantsColours(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return isTerminal && env['TERM'] !== 'dumb';
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{1,3}$/.test(text) ? Number(text) : undefined;
}
