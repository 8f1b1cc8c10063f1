import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The command line as a user starts it. */
export const PROGRAM = resolve('dist/src/cli/main.js');

interface RunOptions {
  /** What comes in; left out: nothing does. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** What came of it. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
  readonly exitCode: number | null;
}

/** An environment that says nothing about colours or places, whatever that of the developer says. */
export function quietEnv(env: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: _1, COLUMNS: _2, NODE_OPTIONS: _3, ...rest } = process.env;
  const ours = Object.entries(rest).filter(([name]) => !name.startsWith('PENGUIFLOW_'));
  return { ...Object.fromEntries(ours), TZ: 'UTC', ...env };
}

/** Runs `penguiflow` to its end. */
export async function penguiflow(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startPenguiflow(args, options);
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(options.input ?? '');
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const bytes = Buffer.concat(stdout);
  return { stdout: bytes.toString('utf8'), stderr, bytes, exitCode };
}

/** Starts `penguiflow`; whoever does ends it. */
export function startPenguiflow(args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: quietEnv(env),
    ...(cwd === undefined ? {} : { cwd }),
    stdio: 'pipe',
  });
}

/** What a process has written, as it comes. */
export class Output {
  text = '';
  readonly #child: ChildProcess;
  #notify: () => void = () => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
      this.#notify();
    });
    child.on('close', () => this.#notify());
  }

  /** Until it has written that. */
  async has(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${part}:\n${this.text}`);
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }
}
