import type { Stage } from '../contender.js';
import { identityStages, Item } from '../contender.js';
import { loadContender } from '../contenders.js';
import { cpuNs, median, warmUp, type Figures, type Outcome, type Workload } from '../workload.js';

/** Sends so many items; prepared once, so that only the sending is measured. */
type Sender = (count: number) => Promise<void>;

const POWERS = [1, 2, 4, 8, 16, 32, 64];
const CHAIN = 4;
/** Node runs of one part, and how many parts the median is taken of. */
const PART_HOPS = 200_000;
const PARTS = 9;

const IN_NODE = 'penguiflow, waiting in a node';
const IN_QUEUES = 'penguiflow, waiting in queues';

/** W10: what a hop costs when everything grows. */
export const GROWTH: readonly Workload[] = [
  growth('W10a', 'CPU ns per hop of W2 with chains of 1 to 64 nodes', {
    contenders: ['penguiflow', 'bare loop', 'minimal pipeline'],
    sizes: POWERS,
    ratio: [64, 4],
    hopsOf: (size) => size,
    senderOf: (name, size) => chainSender(name, identityStages(size)),
  }),
  growth('W10b', 'CPU ns per hop of a node that fans out to 1 to 64 (a hop is a run of a node)', {
    contenders: ['penguiflow', 'bare loop'],
    sizes: POWERS,
    ratio: [64, 4],
    hopsOf: (size) => size + 1,
    senderOf: (name, size) => fanSender(name, identityStages(size)),
  }),
  growth('W10c', 'CPU ns per hop of W2 with 1 to 100,000 live traces', {
    contenders: [IN_NODE, IN_QUEUES],
    sizes: [1, 10, 100, 1000, 10_000, 100_000],
    ratio: [100_000, 1],
    hopsOf: () => CHAIN,
    senderOf: async (name, size) => {
      const { liveTraces } = await import('../contenders/penguiflow-growth.js');
      const stages = identityStages(CHAIN);
      return name === IN_NODE ? liveTraces.inNode(stages, size) : liveTraces.inQueues(stages, size);
    },
  }),
];

const ABOUT: Readonly<Record<string, string>> = {
  [IN_NODE]: 'W2 while so many other traces wait in a node of the same flow',
  [IN_QUEUES]: 'so many messages are sent before the first result is fetched, queues without a bound',
};

interface Plan extends Pick<Workload, 'contenders'> {
  readonly sizes: readonly number[];
  /** The sizes whose costs are compared. */
  readonly ratio: readonly [large: number, small: number];
  /** Runs of a node per message. */
  hopsOf(size: number): number;
  senderOf(name: string, size: number): Promise<Sender>;
}

function growth(id: string, title: string, { contenders, sizes, ratio, hopsOf, senderOf }: Plan): Workload {
  const [large, small] = ratio;
  return {
    id,
    title,
    better: 'less',
    unit: `ns per hop`,
    contenders,
    ours: undefined,
    sizes,
    derive: (figures: Figures) => ({
      [`${large} : ${small}`]: (figures[String(large)] as number) / (figures[String(small)] as number),
    }),
    async run(name, scale, size): Promise<Outcome> {
      const send = await senderOf(name, size);
      const hops = hopsOf(size);
      const count = Math.ceil((PART_HOPS * scale) / hops);
      await warmUp(count, send);
      const costs: number[] = [];
      for (let part = 0; part < PARTS; part++) costs.push(await cpuNs(count, send));
      const about = ABOUT[name] ?? (await loadContender(name)).contender.about;
      return { about, figures: { [size]: median(costs) / hops } };
    },
  };
}

async function chainSender(name: string, stages: readonly Stage[]): Promise<Sender> {
  const { contender } = await loadContender(name);
  const { pump } = contender;
  if (pump === undefined) throw new TypeError(`${name} has no chain`);
  // Made once and used for every part, like a flow in its program.
  if (name === 'penguiflow') return (await import('../contenders/penguiflow-growth.js')).chainSender(stages);
  return (count) => pump(stages, count);
}

async function fanSender(name: string, stages: readonly Stage[]): Promise<Sender> {
  if (name === 'penguiflow') return (await import('../contenders/penguiflow-growth.js')).fanSender(stages);
  return async (count) => {
    for (let n = 0; n < count; n++) {
      const item = new Item(n);
      await Promise.all(stages.map((stage) => stage(item)));
    }
  };
}
