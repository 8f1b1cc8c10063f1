import 'reflect-metadata';

import {
  createFlow,
  Flow,
  joinK,
  Node,
  start,
  uncheckedGraph,
  type FlowClass,
  type FlowOptions,
  type FlowNode,
  type NodeContext,
  type PenguiFlow,
  type UncheckedRow,
} from 'penguiflow';

import { CAPACITY, CHUNKS, Item, type Contender, type Line, type Stage } from '../contender.js';

/** Timeout and retries on every node, so that what is measured is what is used. */
export const POLICY = { timeoutS: 5, maxRetries: 3, backoffBaseS: 0 };

type ItemFlow = PenguiFlow<Item>;

/** A flow class of this file. */
type ItemFlowClass = FlowClass<Item>;

/** A node whose `process` is a stage. */
export function nodeOf(stage: Stage, name: string, policy: object = POLICY): new () => FlowNode<Item, Item> {
  class Step implements FlowNode<Item, Item> {
    declare process: Stage;
  }
  Step.prototype.process = stage;
  Object.defineProperty(Step, 'name', { value: name });
  Node(policy)(Step);
  return Step;
}

/** A flow whose nodes run the given stages. */
export function chainOf(stages: readonly Stage[], policy: object = POLICY, options: FlowOptions = {}): ItemFlowClass {
  const nodes = stages.map((stage, index) => nodeOf(stage, `Step${index}`, policy));
  class Chain {
    readonly graph = uncheckedGraph<Item, Item>(
      nodes.map((node, index) => [node, nodes.slice(index + 1, index + 2)] as const),
    );
  }
  Flow({ queueMaxsize: CAPACITY, ...options })(Chain);
  return Chain;
}

/** What is made of some stages, once: a program does not declare its nodes anew for every flow. */
function once<Made>(make: (stages: readonly Stage[]) => Made): (stages: readonly Stage[]) => Made {
  const known = new WeakMap<readonly Stage[], Made>();
  return (stages) => {
    const made = known.get(stages) ?? make(stages);
    known.set(stages, made);
    return made;
  };
}

const fetchedChain = once((stages) => chainOf(stages));

/** A flow that ends in a sink, and what resolves when so many messages have come to it. */
interface SunkFlow {
  readonly flowClass: ItemFlowClass;
  arrivals(count: number): Promise<void>;
}

/** A sink is a node as any other, with the policy of all of them. */
function endingIn(rowsBefore: (sink: new () => FlowNode<Item, undefined>) => readonly UncheckedRow[]): SunkFlow {
  let awaited = 0;
  let all: (() => void) | undefined;
  // The same function each time: a sink whose call has another target is compiled anew.
  const arrived = (): void => all?.();
  @Node(POLICY)
  class Sink implements FlowNode<Item, undefined> {
    process(): undefined {
      if (--awaited === 0) arrived();
    }
  }
  @Flow({ queueMaxsize: CAPACITY })
  class Sunk {
    readonly graph = uncheckedGraph<Item, Item>([...rowsBefore(Sink), [Sink, []]]);
  }
  return {
    flowClass: Sunk,
    arrivals(count) {
      awaited = count;
      return new Promise((resolve) => {
        all = resolve;
      });
    },
  };
}

const sunkChain = once((stages) => {
  const nodes = stages.map((stage, index) => nodeOf(stage, `Step${index}`));
  return endingIn((sink) => nodes.map((node, index) => [node, [nodes[index + 1] ?? sink]]));
});

export async function run(flowClass: ItemFlowClass, listener?: () => void): Promise<ItemFlow> {
  const flow: ItemFlow = createFlow(flowClass);
  if (listener !== undefined) flow.on('*', listener);
  await flow.run();
  return flow;
}

/** Sends to a flow whose results somebody takes one by one. */
export async function pumpThrough(flow: ItemFlow, count: number): Promise<void> {
  const consumed = (async () => {
    for (let n = 0; n < count; n++) await flow.fetch();
  })();
  for (let n = 0; n < count; n++) await flow.emit(new Item(n));
  await consumed;
}

function lineOf(flow: ItemFlow): Line {
  return { call: (item) => flow.call(item), stop: async () => void (await flow.stop()) };
}

async function used(flowClass: ItemFlowClass, use: (flow: ItemFlow) => Promise<void>, listener?: () => void) {
  const flow = await run(flowClass, listener);
  await use(flow);
  await flow.stop();
}

/** Sends to a flow that ends in a sink. */
function pumpIntoSink({ flowClass, arrivals }: SunkFlow, count: number, listener?: () => void): Promise<void> {
  return used(
    flowClass,
    async (flow) => {
      const all = arrivals(count);
      for (let n = 0; n < count; n++) await flow.emit(new Item(n));
      await all;
    },
    listener,
  );
}

@Node(POLICY)
class Left implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

@Node(POLICY)
class Right implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

const Pair = joinK<Item>('Pair', 2);

@Flow({ queueMaxsize: CAPACITY })
class Fork {
  readonly graph = start(Left, Right).from(Left).to(Pair).from(Right).to(Pair);
}

const sunkFork = endingIn((sink) => [
  [Left, [Pair]],
  [Right, [Pair]],
  [Pair, [sink]],
]);

/** For a node that waits. */
const SPREAD = { ...POLICY, concurrency: 64 };

function sunkSpread(slow: Stage): SunkFlow {
  const step = nodeOf(slow, 'Step0', SPREAD);
  return endingIn((sink) => [[step, [sink]]]);
}

@Node(POLICY)
class Reply implements FlowNode<Item, Item> {
  async process(item: Item, ctx: NodeContext): Promise<Item> {
    for (let n = 0; n < CHUNKS; n++) await ctx.emitChunk('chunk', { done: n === CHUNKS - 1 });
    return item;
  }
}

@Flow({ queueMaxsize: CAPACITY })
class Replies {
  readonly graph = start(Reply);
}

function contender(name: string, about: string, listener?: () => void): Contender {
  return {
    name,
    about,
    line: async (stages) => lineOf(await run(chainOf(stages), listener)),
    pump: (stages, count) => pumpIntoSink(sunkChain(stages), count, listener),
    fork: (count) => pumpIntoSink(sunkFork, count, listener),
    policed: async (stage, on) =>
      lineOf(await run(chainOf([stage], on ? POLICY : {}, { name: on ? 'Policed' : 'Bare' }), listener)),
    retrying: async (flaky) => lineOf(await run(chainOf([flaky]), listener)),
    chunks: (messages) =>
      used(
        Replies,
        async (flow) => {
          let seen = 0;
          for (let n = 0; n < messages; n++) for await (const _ of flow.stream(new Item(n))) seen++;
          if (seen !== messages * CHUNKS) throw new Error(`lost a chunk: ${seen}`);
        },
        listener,
      ),
    spread: (slow, count) => pumpIntoSink(sunkSpread(slow), count, listener),
  };
}

export const penguiflow = contender(
  'penguiflow',
  'traces, timeout and retries on every node, backpressure; nobody listens to events; W2, W3, W7, W8: the last node is a sink',
);

/** Where the results leave the flow, and are awaited one by one. */
export const penguiflowFetched: Contender = {
  name: 'penguiflow (fetched)',
  about: 'the same without a sink: the results leave the flow and are awaited one by one',
  pump: (stages, count) => used(fetchedChain(stages), (flow) => pumpThrough(flow, count)),
  fork: (count) => used(Fork, (flow) => pumpThrough(flow, count)),
  spread: (slow, count) => used(chainOf([slow], SPREAD), (flow) => pumpThrough(flow, count)),
  cannot: { W1: 'as penguiflow', W4: 'as penguiflow', W5: 'as penguiflow' },
};

let events = 0;

export const penguiflowListening = contender(
  'penguiflow (one listener)',
  'penguiflow with one listener to all events',
  () => {
    events++;
  },
);

/** How many events the listener saw; read, so that nothing of it is optimised away. */
export function eventsSeen(): number {
  return events;
}
