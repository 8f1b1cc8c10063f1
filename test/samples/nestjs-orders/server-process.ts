import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect } from 'chai';

export type LogLine = Readonly<Record<string, unknown>>;

/** The application in a process of its own, on a free port of the loopback. */
export class ServerProcess {
  readonly lines: LogLine[] = [];
  url = '';
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stderr = '';
  #wake: () => void = () => {};

  private constructor(env: Readonly<Record<string, string>>, program: readonly string[]) {
    this.#child = spawn(process.execPath, ['--enable-source-maps', ...program], {
      env: { PATH: process.env['PATH'], PORT: '0', LATENCY_MS: '20', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // `close` comes after the last line was read, unlike `exit`.
    this.ended = once(this.#child, 'close');
    void this.ended.then(() => this.#wake());
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as LogLine);
      this.#wake();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  /** Starts it and waits until it listens. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    program: readonly string[] = ['dist/samples/nestjs-orders/server.js'],
  ): Promise<ServerProcess> {
    const server = new ServerProcess(env, program);
    server.url = (await server.line(({ message }) => message === 'listening'))['url'] as string;
    return server;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first line that matches, also one that is still to come. */
  async line(matches: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(matches);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) expect.fail(`the server ended without such a line\n${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The lines of one trace. */
  of(traceId: string): LogLine[] {
    return this.lines.filter(({ trace_id }) => trace_id === traceId);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it for good, if it still runs. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.ended;
  }
}
