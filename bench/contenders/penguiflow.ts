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

/** The chain of these stages, declared once: a program does not declare its nodes anew for every flow. */
function declared(stages: readonly Stage[]): ItemFlowClass {
  const known = chains.get(stages) ?? chainOf(stages);
  chains.set(stages, known);
  return known;
}

const chains = new WeakMap<readonly Stage[], ItemFlowClass>();

export async function run(flowClass: ItemFlowClass, listener?: () => void): Promise<ItemFlow> {
  const flow: ItemFlow = createFlow(flowClass);
  if (listener !== undefined) flow.on('*', listener);
  await flow.run();
  return flow;
}

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
    pump: (stages, count) => used(declared(stages), (flow) => pumpThrough(flow, count), listener),
    fork: (count) => used(Fork, (flow) => pumpThrough(flow, count), listener),
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
    spread: (slow, count) =>
      used(chainOf([slow], { ...POLICY, concurrency: 64 }), (flow) => pumpThrough(flow, count), listener),
  };
}

export const penguiflow = contender(
  'penguiflow',
  'traces, timeout and retries on every node, backpressure; nobody listens to events',
);

let events = 0;

export const penguiflowListening = contender(
  'penguiflow (one listener)',
  'the same, with one listener to all events',
  () => {
    events++;
  },
);

/** How many events the listener saw; read, so that nothing of it is optimised away. */
export function eventsSeen(): number {
  return events;
}
