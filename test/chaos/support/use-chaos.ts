import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { configureLogging } from '#src/index.js';
import { connectFlow, sqliteCarrier, type FlowClient, type SqliteCarrierOptions } from '#src/distributed/index.js';

import { ChaosProcess } from './chaos-process.js';
import { flowNamed, type Done, type Job } from './flows.js';
import { readRuns, type Run } from './runs.js';
import type { SenderFacts } from './sender.js';
import { LEASE_S } from './size.js';

export type Client = FlowClient<Job, Done>;

/** Processes on one file, which are gone after the test. */
export class Chaos {
  readonly folder = mkdtempSync(join(tmpdir(), 'penguiflow-chaos-'));
  /** What all that is started from now on opens it with. */
  carrier: SqliteCarrierOptions = { file: join(this.folder, 'queues.db'), leaseS: LEASE_S };
  readonly #processes = new Set<ChaosProcess>();
  readonly #clients: Client[] = [];
  readonly #runs = join(this.folder, 'runs');

  /** Starts a worker. */
  start(flow: string, ...groups: readonly string[]): ChaosProcess {
    const facts = { flow, carrier: this.carrier, runs: this.#runs };
    const each = new ChaosProcess('worker', groups.length === 0 ? facts : { ...facts, groups });
    this.#processes.add(each);
    return each;
  }

  /** Starts a worker; it serves when this resolves. */
  async serve(flow: string, ...groups: readonly string[]): Promise<ChaosProcess> {
    const each = this.start(flow, ...groups);
    await each.says('serves');
    return each;
  }

  send(flow: string, facts: Pick<SenderFacts, 'role' | 'from' | 'count'>): ChaosProcess {
    const each = new ChaosProcess('sender', { flow, carrier: this.carrier, runs: this.#runs, ...facts });
    this.#processes.add(each);
    return each;
  }

  /** A client in this process. */
  async connect(flow: string): Promise<Client> {
    const client = (await connectFlow(flowNamed(flow), {
      carrier: sqliteCarrier(this.carrier),
    })) as unknown as Client;
    this.#clients.push(client);
    return client;
  }

  runs(): readonly Run[] {
    return readRuns(this.#runs);
  }

  /** Ends all processes. */
  async kill(): Promise<void> {
    await Promise.all([...this.#processes].map((each) => each.kill()));
  }

  async end(): Promise<void> {
    await this.kill();
    await Promise.all(this.#clients.map((client) => client.stop()));
    rmSync(this.folder, { recursive: true });
  }
}

/** What a test has its processes from. */
export function useChaos(): { readonly now: Chaos } {
  let chaos: Chaos | undefined;
  // What workers log is looked at; of the clients here nothing is.
  before(() => configureLogging({ level: 'silent' }));
  beforeEach(() => {
    chaos = new Chaos();
  });
  afterEach(() => chaos?.end());
  return {
    get now() {
      return chaos!;
    },
  };
}

/** Reads the queue of results, and counts them by the number of their job. */
export class Sink {
  readonly counts = new Map<number, number>();
  failures = 0;
  #total = 0;

  constructor(client: Client) {
    void this.#read(client);
  }

  /** Results that came again. */
  get twice(): number {
    return this.#total - this.counts.size;
  }

  lost(expected: number): number {
    return expected - this.counts.size;
  }

  async #read(client: Client): Promise<void> {
    for await (const { value, error, ack } of client.queuedResults()) {
      if (error === undefined) {
        this.#total += 1;
        this.counts.set(value.n, (this.counts.get(value.n) ?? 0) + 1);
      } else this.failures += 1;
      await ack();
    }
  }
}

/** Waits until all queues of the flow are empty; a sender may still be at it. */
export async function emptied(client: Client): Promise<void> {
  while ((await client.lag()).some(({ pending, unacked }) => pending + unacked > 0)) await setTimeout(50);
}

/** Sends jobs at a pace. */
export async function emitAtPace(client: Client, jobs: readonly Job[], perS: number): Promise<void> {
  const sinceMs = performance.now();
  const under: Promise<unknown>[] = [];
  for (let sent = 0; sent < jobs.length;) {
    const due = Math.min(jobs.length, Math.ceil(((performance.now() - sinceMs) / 1_000) * perS));
    under.push(...jobs.slice(sent, due).map((job) => client.emit(job)));
    sent = Math.max(sent, due);
    await setTimeout(50);
  }
  await Promise.all(under);
}

/** One line of figures, below the title of the test. */
export function report(figures: Readonly<Record<string, number | string>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`      ${text.join(', ')}`);
}

export function secondsSince(ms: number): string {
  return ((performance.now() - ms) / 1_000).toFixed(1);
}
