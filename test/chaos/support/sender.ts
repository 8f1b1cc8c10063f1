import 'reflect-metadata';

import { configureLogging } from '#src/index.js';
import {
  connectFlow,
  serveFlow,
  sqliteCarrier,
  type FlowClient,
  type SqliteCarrierOptions,
} from '#src/distributed/index.js';

import { heapAfterGc } from '../../support/heap-after-gc.js';
import { flowNamed, type Done, type Job } from './flows.js';
import { keepRuns } from './runs.js';

/** What a process that sends is told when it starts. */
export interface SenderFacts {
  readonly flow: string;
  readonly carrier: SqliteCarrierOptions;
  readonly runs: string;
  /**
   * `tells`: emits, and tells each root; `floods`: emits as fast as it may, and tells of its heap, until it is told to stop; `comes and goes`: connects, calls and leaves, many times;
   * `stays`: connects, emits and reads results, many times, and never leaves; `measures`: emits for a time and serves as well, and tells how many it sent and how long that took.
   */
  readonly role: 'tells' | 'floods' | 'comes and goes' | 'stays' | 'measures';
  /** The number of the first job. */
  readonly from: number;
  /** How many; of `measures`, for how many seconds. */
  readonly count: number;
}

/** So many are sent at a time. */
const BESIDE = { tells: 8, floods: 64, 'comes and goes': 8, stays: 8, measures: 8 } as const;
const TEXT = 'x'.repeat(1_000);

const { flow, carrier: options, runs, role, from, count } = JSON.parse(process.argv[2] ?? '{}') as SenderFacts;
const carrier = sqliteCarrier(options);
type Client = FlowClient<Job, Done>;

configureLogging({ level: 'warn', structured: true, destination: 'stderr' });
process.once('disconnect', () => process.exit());
let isStopped = false;
process.on('message', () => (isStopped = true));
let next = from;
const roles = { tells: tell, floods: flood, 'comes and goes': comeAndGo, stays: stay, measures: emitForTime };
await roles[role]();

async function connect(): Promise<Client> {
  return (await connectFlow(flowNamed(flow), { carrier })) as unknown as Client;
}

/** Has so many of it under way at a time, for as long as there is more to do. */
async function beside(isMore: () => boolean, each: (n: number) => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    while (isMore()) await each(next++);
  };
  await Promise.all(Array.from({ length: BESIDE[role] }, lane));
}

async function tell(): Promise<void> {
  const client = await connect();
  await beside(
    () => next < from + count,
    async (n) => {
      const { rootId } = await client.emit({ n });
      process.send?.(`root ${n} ${rootId}`);
    },
  );
  await client.stop();
  process.exit();
}

async function flood(): Promise<void> {
  const client = await connect();
  const timer = setInterval(() => process.send?.(`heap ${heapAfterGc()}`), 250);
  await beside(
    () => !isStopped,
    async (n) => {
      await client.emit({ n, ms: 5, text: TEXT });
    },
  );
  clearInterval(timer);
  process.send?.(`sent ${next - from}`);
  await client.stop();
  process.exit();
}

async function comeAndGo(): Promise<void> {
  await beside(
    () => next < from + count,
    async (n) => {
      const client = await connect();
      await client.call({ n }, { timeoutS: 60 });
      await client.stop();
    },
  );
  process.send?.('done');
  process.exit();
}

async function stay(): Promise<void> {
  await beside(
    () => next < from + count,
    async (n) => {
      const client = await connect();
      void acknowledge(client);
      await client.emit({ n });
    },
  );
  process.send?.('done');
}

async function acknowledge(client: Client): Promise<void> {
  for await (const { ack } of client.queuedResults()) await ack().catch(() => {});
}

async function emitForTime(): Promise<void> {
  keepRuns(runs);
  const worker = await serveFlow(flowNamed(flow), { carrier });
  const client = await connect();
  const untilMs = performance.now() + count * 1_000;
  const tookMs: number[] = [];
  await beside(
    () => performance.now() < untilMs,
    async (n) => {
      const sinceMs = performance.now();
      await client.emit({ n });
      tookMs.push(performance.now() - sinceMs);
    },
  );
  const p99 = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] ?? 0;
  process.send?.(`measured ${tookMs.length} ${p99}`);
  process.on('SIGTERM', () => void Promise.all([client.stop(), worker.stop()]).then(() => process.exit()));
}
