import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { FlowError } from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import type { DriverName } from '../../store/sqlite/database.js';
import { receiveError } from '../../store/thread/thread-protocol.js';
import type { Report, Request, ThreadSetup } from './thread-protocol.js';

/** What a session hears of the thread. */
export interface ThreadClient {
  told(report: Report): void;
  /** The thread has ended by itself. */
  ended(): void;
}

/** The thread of a carrier: what is asked of it in one turn of the loop goes in one piece. */
export class CarrierThread {
  readonly #worker: Worker;
  readonly #clients = new Map<number, ThreadClient>();
  readonly ready: Promise<DriverName>;
  #requests: Request[] = [];
  #sessions = 0;
  #calls = 0;
  #state: CarrierState = { state: 'up' };
  #hasEnded = false;

  /** @throws FlowError `STORE_WORKER_MISSING` */
  constructor(url: URL | undefined, setup: ThreadSetup) {
    if (url === undefined) throw workerMissing('the code was bundled, and does not know where it is');
    if (url.protocol === 'file:' && !existsSync(fileURLToPath(url))) throw workerMissing(url.href);
    // Flags of the process are for its own program.
    this.#worker = new Worker(url, {
      workerData: { penguiflowCarrier: setup },
      execArgv: [],
      name: 'penguiflow-carrier',
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.once('message', ([first]: readonly Report[]) => {
        if (first?.kind === 'ready') resolve(first.driver);
        else reject(first?.kind === 'failed' ? receiveError(first.error) : new TypeError('no word of the thread'));
      });
      this.#worker.once('error', reject);
    });
    this.ready.catch(() => {});
    this.#worker.on('message', (reports: readonly Report[]) => this.#hear(reports));
    this.#worker.on('error', () => this.#ended());
    this.#worker.on('exit', () => this.#ended());
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get state(): CarrierState {
    return this.#state;
  }

  nextId(): number {
    this.#calls += 1;
    return this.#calls;
  }

  add(client: ThreadClient, flow: string): number {
    this.#sessions += 1;
    this.#clients.set(this.#sessions, client);
    this.send({ kind: 'open', session: this.#sessions, flow });
    return this.#sessions;
  }

  remove(session: number): void {
    this.#clients.delete(session);
  }

  send(request: Request): void {
    this.#requests.push(request);
    if (this.#requests.length === 1) setImmediate(() => this.#send());
  }

  whenEnded(callback: () => void): void {
    this.#worker.once('exit', callback);
  }

  /** Lets go of the file. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    const over = new Promise((resolve) => {
      this.#worker.once('exit', resolve);
    });
    this.#worker.postMessage('end');
    await over;
  }

  /** Ends it in the middle of what it does. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(): void {
    const requests = this.#requests;
    this.#requests = [];
    if (!this.#hasEnded) this.#worker.postMessage(requests);
  }

  #hear(reports: readonly Report[]): void {
    for (const report of reports) {
      if (report.kind === 'ready' || report.kind === 'failed') continue;
      if (report.kind === 'state') this.#state = report.state;
      if (report.kind === 'state' || (report.kind === 'problem' && report.session === undefined)) {
        for (const client of this.#clients.values()) client.told(report);
      } else this.#clients.get(report.session as number)?.told(report);
    }
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const client of this.#clients.values()) client.ended();
    this.#clients.clear();
  }
}

function workerMissing(where: string): FlowError {
  return new FlowError('STORE_WORKER_MISSING', {
    message: `The file for the thread of \`sqliteCarrier\` is not there: ${where}`,
    metadata: { worker: where },
    hint: 'Make `penguiflow/distributed/sqlite-worker` an entry of the bundler and pass what comes of it: `worker: new URL("./sqlite-worker.js", import.meta.url)`.',
  });
}
