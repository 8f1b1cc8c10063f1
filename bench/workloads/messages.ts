import process from 'node:process';

import { flakyStage, identityStages, Item, slowStage, type Contender, type Line, type Stage } from '../contender.js';
import { CONTENDERS, loadContender } from '../contenders.js';
import { cpuNs, median, warmUp, type Figures, type Workload } from '../workload.js';

/** Four identity nodes; where they deliver to is the sink. */
const CHAIN = 4;

/** The part of a run that is repeated until it is warm. */
const WARM_UP_PART = 0.05;

/** Pairs of parts, with and without the policy. */
const POLICY_PARTS = 40;

/** What goes through every contender. */
interface Race extends Pick<Workload, 'id' | 'title' | 'better' | 'unit'> {
  /** Items for the fastest contenders; slow ones get fewer. */
  readonly count: number;
  /** Undefined for a contender that cannot express it. */
  run(contender: Contender, count: number): Promise<Figures> | undefined;
}

const RACES: readonly Race[] = [
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
    run({ pump }, count) {
      const stages = identityStages(CHAIN);
      return pump === undefined ? undefined : timed(count, (some) => pump(stages, some));
    },
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
    id: 'W4a',
    title: 'a node that succeeds, with a timeout of 5 s and 3 retries, and without',
    better: 'less',
    unit: 'CPU ns per message',
    count: 200_000,
    run: ({ policed }, count) => (policed === undefined ? undefined : policyCost(policed, count)),
  },
  {
    id: 'W4b',
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

/** W1 to W5, W7 and W8: every contender sends messages. */
export const MESSAGES: readonly Workload[] = RACES.map((race) => ({
  ...race,
  contenders: CONTENDERS,
  ours: 'penguiflow',
  async run(name, scale) {
    const { contender, fewer } = await loadContender(name);
    const { about, cannot } = contender;
    const count = Math.max(20, Math.round((race.count * scale) / fewer));
    const figures = await race.run(contender, count);
    if (figures !== undefined) return { about, figures };
    return {
      about,
      reason: cannot?.[race.id] ?? cannot?.[race.id.slice(0, 2)] ?? 'not expressed by its documentation',
    };
  },
}));

async function timed(count: number, run: (count: number) => Promise<void>): Promise<Figures> {
  await warmUp(Math.ceil(count * WARM_UP_PART), run);
  const from = performance.now();
  await run(count);
  const perSecond = (count / (performance.now() - from)) * 1000;
  return { 'messages/s': perSecond, 'peak RSS MB': process.resourceUsage().maxRSS / 1024 };
}

async function roundTrips(made: Line | Promise<Line>, count: number): Promise<Figures> {
  const line = await made;
  await warmUp(Math.ceil(count * WARM_UP_PART), async (some) => {
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

/** The same node twice in one process, in turn, so that a busy machine hits both alike. */
async function policyCost(policed: NonNullable<Contender['policed']>, count: number): Promise<Figures> {
  const [stage, bareStage] = identityStages(2) as [Stage, Stage];
  const line = await policed(stage, true);
  const bare = await policed(bareStage, false);
  const callsOf = (called: Line) => async (some: number) => {
    for (let n = 0; n < some; n++) await called.call(new Item(n));
  };
  const part = Math.ceil(count / POLICY_PARTS);
  await warmUp(part, callsOf(line));
  await warmUp(part, callsOf(bare));
  const pairs: (readonly [on: number, off: number])[] = [];
  for (let n = 0; n < POLICY_PARTS; n++) {
    pairs.push([await cpuNs(part, callsOf(line)), await cpuNs(part, callsOf(bare))]);
  }
  await line.stop();
  await bare.stop();
  return {
    'ns with': median(pairs.map(([on]) => on)),
    'ns without': median(pairs.map(([, off]) => off)),
    'ns added': median(pairs.map(([on, off]) => on - off)),
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
