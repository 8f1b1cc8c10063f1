import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import type { FlowError } from '../../index.js';
import type { Side } from './side.js';
import { receiveError, type ThreadAnswer, type ThreadData, type ThreadRequest } from './thread-protocol.js';
import { workerMissing, type StoreName } from './worker-file.js';

/** Somebody waits for an answer. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What a thread is, and for whom. */
export interface ThreadInit {
  readonly store: StoreName;
  /** Of the thread, in tools that list them. */
  readonly name: string;
  /** What its host is made of; it is copied. */
  readonly setup: unknown;
  /** The error for whoever calls it when it has ended. */
  readonly ended: (cause: Error | undefined) => FlowError;
}

/** An engine in a thread of its own, which keeps the process alive only while somebody waits for it. */
export class StoreThread implements Side {
  readonly #worker: Worker;
  readonly #ended: ThreadInit['ended'];
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #alive = true;

  /** @throws FlowError `STORE_WORKER_MISSING` */
  constructor(url: URL, { store, name, setup, ended }: ThreadInit) {
    if (url.protocol === 'file:' && !existsSync(fileURLToPath(url))) throw workerMissing(store, url.href);
    this.#ended = ended;
    const workerData: ThreadData<unknown> = { penguiflowStore: setup };
    // Flags of the process are for its own program.
    this.#worker = new Worker(url, { workerData, execArgv: [], name: `penguiflow-store-${name}` });
    this.#worker.on('message', (answer: ThreadAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`it has ended with code ${code}`)));
    this.#worker.unref();
  }

  get alive(): boolean {
    return this.#alive;
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.ask('call', [method, args]);
  }

  async dispose(): Promise<void> {
    if (this.#alive) await this.ask('dispose', []).catch(() => undefined);
    await this.kill();
  }

  /** Ends it in the middle of what it does. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Calls a method of the host. */
  async ask(name: string, args: readonly unknown[]): Promise<unknown> {
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
}
