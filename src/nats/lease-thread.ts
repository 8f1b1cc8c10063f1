import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { FlowError } from '../index.js';
import type { LeaseReport, LeaseRequest, LeaseSetup } from './lease-protocol.js';

/** The thread that renews what the sessions of a carrier hold, so that code that blocks the process is not run twice (D9). */
export class LeaseThread {
  readonly #worker: Worker;
  readonly #onEnd = new Set<() => void>();
  readonly ready: Promise<void>;
  #sessions = 0;
  #hasEnded = false;

  /** @throws FlowError `CARRIER_WORKER_MISSING` */
  constructor(url: URL | undefined, setup: LeaseSetup) {
    if (url === undefined) throw workerMissing('the code was bundled, and does not know where it is');
    if (url.protocol === 'file:' && !existsSync(fileURLToPath(url))) throw workerMissing(url.href);
    // Flags of the process are for its own program.
    this.#worker = new Worker(url, {
      workerData: { penguiflowLeases: setup },
      execArgv: [],
      name: 'penguiflow-leases',
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.once('message', (report: LeaseReport) => {
        if (report.kind === 'ready') resolve();
        else reject(new Error(report.reason));
      });
      this.#worker.once('error', reject);
    });
    this.ready.catch(() => undefined);
    this.#worker.on('error', () => this.#ended());
    this.#worker.on('exit', () => this.#ended());
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  nextSession(): number {
    this.#sessions += 1;
    return this.#sessions;
  }

  send(request: LeaseRequest): void {
    if (!this.#hasEnded) this.#worker.postMessage(request);
  }

  /** Called when it ends by itself. */
  onEnd(callback: () => void): () => void {
    this.#onEnd.add(callback);
    return () => this.#onEnd.delete(callback);
  }

  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#onEnd.clear();
    const over = new Promise((resolve) => {
      this.#worker.once('exit', resolve);
    });
    this.send({ kind: 'end' });
    await over;
  }

  async kill(): Promise<void> {
    this.#onEnd.clear();
    await this.#worker.terminate();
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const callback of this.#onEnd) callback();
  }
}

function workerMissing(where: string): FlowError {
  return new FlowError('CARRIER_WORKER_MISSING', {
    message: `The file for the thread of \`nats\` is not there: ${where}`,
    metadata: { worker: where },
    hint: 'Make `penguiflow/nats/lease-worker` an entry of the bundler and pass what comes of it: `worker: new URL("./lease-worker.js", import.meta.url)`.',
  });
}
