import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('keep-writing.js', import.meta.url));

/** A process that writes into a store, see `keep-writing.ts`. */
export class WritingProcess {
  readonly child: ChildProcess;
  readonly #lines: Interface;
  readonly #said: string[] = [];
  readonly #closed: Promise<unknown>;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.child, 'close');
    this.#lines = createInterface({ input: this.child.stdout! });
    this.#lines.on('line', (line) => this.#said.push(line));
  }

  /** What it has said so far. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** The next line; rejects when there is none. */
  async line(): Promise<string> {
    const none = new AbortController();
    const ended = (): void => none.abort(new Error('the process has ended'));
    this.child.once('close', ended);
    try {
      const [line] = (await once(this.#lines, 'line', { signal: none.signal })) as [string];
      return line;
    } finally {
      this.child.off('close', ended);
    }
  }

  go(): void {
    this.child.stdin!.write('go\n');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.end();
  }

  async end(): Promise<void> {
    await this.#closed;
  }
}
