import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { FlowError } from '../../index.js';
import type { DriverName } from './database.js';
import type { Role, Side } from './engine-host.js';
import type { FileSettings } from './open-file.js';
import { storeError } from './store-error.js';
import { receiveError, type ThreadAnswer, type ThreadData, type ThreadRequest } from './thread-protocol.js';

/** Somebody waits for an answer. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One side of the store in a thread of its own, which keeps the process alive only while somebody waits for it. */
export class StoreThread implements Side {
  readonly #file: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #alive = true;

  /** @throws FlowError `STORE_WORKER_MISSING` */
  constructor(url: URL, role: Role, settings: FileSettings) {
    if (url.protocol === 'file:' && !existsSync(fileURLToPath(url))) throw workerMissing(url.href);
    this.#file = settings.file;
    const workerData: ThreadData = { penguiflowStore: { role, settings } };
    // Flags of the process are for its own program.
    this.#worker = new Worker(url, { workerData, execArgv: [], name: `penguiflow-store-${role}` });
    this.#worker.on('message', (answer: ThreadAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`it has ended with code ${code}`)));
    this.#worker.unref();
  }

  get alive(): boolean {
    return this.#alive;
  }

  async load(wanted: DriverName | 'auto'): Promise<DriverName> {
    return (await this.#ask('load', [wanted])) as DriverName;
  }

  async start(): Promise<void> {
    await this.#ask('start', []);
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#ask('call', [method, args]);
  }

  async dispose(): Promise<void> {
    if (this.#alive) await this.#ask('dispose', []).catch(() => undefined);
    await this.kill();
  }

  /** Ends it in the middle of what it does. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(name: ThreadRequest['name'], args: readonly unknown[]): Promise<unknown> {
    if (!this.#alive) throw this.#ended(undefined);
    this.#calls += 1;
    const request: ThreadRequest = { id: this.#calls, name, args };
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request);
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #answered(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in answer) waiting?.reject(receiveError(answer.error));
    else waiting?.resolve(answer.value);
  }

  #end(error: Error): void {
    this.#alive = false;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended(error));
    this.#waiting.clear();
  }

  #ended(cause: Error | undefined): FlowError {
    return storeError('STORE_UNAVAILABLE', this.#file, 'its thread has ended', cause);
  }
}

/** The error for a file of the package that is not there. */
export function workerMissing(where: string): FlowError {
  return new FlowError('STORE_WORKER_MISSING', {
    message: `The file for the threads of \`sqliteStore\` is not there: ${where}`,
    metadata: { worker: where },
  });
}
