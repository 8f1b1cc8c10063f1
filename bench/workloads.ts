import { flakyStage, identityStages, Item, slowStage, type Contender, type Line } from './contender.js';

/** What a run of a workload gives, by the name of the figure; the first one is compared. */
type Figures = Readonly<Record<string, number>>;

/** Whether more or less of the first figure is better. */
export type Better = 'more' | 'less';

export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly better: Better;
  readonly unit: string;
  /** Items for the fastest contenders; slow ones get fewer. */
  readonly count: number;
  /** Undefined for a contender that cannot express it. */
  run(contender: Contender, count: number): Promise<Figures> | undefined;
}

/** Four identity nodes; where they deliver to is the sink. */
const CHAIN = 4;

/** How long each contender runs before it is measured, in milliseconds, and in how large portions. */
const WARM_UP_MS = 400;
const WARM_UP_PART = 0.05;

async function warmUp(count: number, run: (count: number) => Promise<void>): Promise<void> {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) await run(Math.ceil(count * WARM_UP_PART));
}

export const WORKLOADS: readonly Workload[] = [
  {
    id: 'W1',
    title: 'round trip through 4 identity nodes, one message at a time',
    better: 'less',
    unit: 'µs (p50)',
    count: 20_000,
    run: (contender, count) =>
      contender.line === undefined ? undefined : roundTrips(contender.line(identityStages(CHAIN)), count),
  },
  {
    id: 'W2',
    title: 'throughput of 4 identity nodes, queues of 64 where there are any',
    better: 'more',
    unit: 'messages/s',
    count: 200_000,
    run: ({ pump }, count) =>
      pump === undefined ? undefined : timed(count, (some) => pump(identityStages(CHAIN), some)),
  },
  {
    id: 'W3',
    title: 'fan-out to 2 and join by message',
    better: 'more',
    unit: 'messages/s',
    count: 50_000,
    run: ({ fork }, count) => (fork === undefined ? undefined : timed(count, fork)),
  },
  {
    id: 'W4',
    title: 'a node that fails once per message and is tried again without a wait',
    better: 'more',
    unit: 'messages/s',
    count: 20_000,
    run: ({ retrying }, count) =>
      retrying === undefined
        ? undefined
        : timed(count, async (some) => {
            const line = await retrying(flakyStage());
            for (let n = 0; n < some; n++) await line.call(new Item(n));
            await line.stop();
          }),
  },
  {
    id: 'W5',
    title: '32 chunks per message to the caller',
    better: 'more',
    unit: 'messages/s',
    count: 5_000,
    run: ({ chunks }, count) => (chunks === undefined ? undefined : timed(count, chunks)),
  },
  {
    id: 'W7',
    title: 'memory after and during W2, 2,000,000 messages',
    better: 'less',
    unit: 'MB (peak RSS)',
    count: 2_000_000,
    run: ({ pump }, count) => (pump === undefined ? undefined : memory(() => pump(identityStages(CHAIN), count))),
  },
  {
    id: 'W8',
    title: 'a node that waits 1 ms, 64 at once',
    better: 'more',
    unit: 'messages/s',
    count: 20_000,
    run: ({ spread }, count) => (spread === undefined ? undefined : timed(count, (some) => spread(slowStage, some))),
  },
];

async function timed(count: number, run: (count: number) => Promise<void>): Promise<Figures> {
  await warmUp(count, run);
  const from = performance.now();
  await run(count);
  const perSecond = (count / (performance.now() - from)) * 1000;
  return { 'messages/s': perSecond, 'peak RSS MB': process.resourceUsage().maxRSS / 1024 };
}

async function roundTrips(made: Line | Promise<Line>, count: number): Promise<Figures> {
  const line = await made;
  await warmUp(count, async (some) => {
    for (let n = 0; n < some; n++) await line.call(new Item(n));
  });
  const micros = new Float64Array(count);
  const from = performance.now();
  for (let n = 0; n < count; n++) {
    const sent = performance.now();
    await line.call(new Item(n));
    micros[n] = (performance.now() - sent) * 1000;
  }
  const perSecond = (count / (performance.now() - from)) * 1000;
  await line.stop();
  micros.sort();
  return {
    'p50 µs': micros[Math.floor(count * 0.5)] as number,
    'p95 µs': micros[Math.floor(count * 0.95)] as number,
    'per second': perSecond,
  };
}

async function memory(run: () => Promise<void>): Promise<Figures> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await run();
  globalThis.gc?.();
  const grownMb = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  return { 'peak RSS MB': process.resourceUsage().maxRSS / 1024, 'heap grown by MB': grownMb };
}
