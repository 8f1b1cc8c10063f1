import { Flow, Node, uncheckedGraph, type FlowNode } from 'penguiflow';

import { CAPACITY, Item, type Stage } from '../contender.js';
import { chainOf, nodeOf, run, POLICY, pumpThrough } from './penguiflow.js';

/** Sends so many items through a flow that lives on. */
type Sender = (count: number) => Promise<void>;

/** A chain. */
export async function chainSender(stages: readonly Stage[]): Promise<Sender> {
  const flow = await run(chainOf(stages));
  return (count) => pumpThrough(flow, count);
}

/** One node that fans out to the others, all of which are leaves. */
export async function fanSender(stages: readonly Stage[]): Promise<Sender> {
  const leaves = stages.map((stage, index) => nodeOf(stage, `Leaf${index}`));
  const source = nodeOf(async (item) => item, 'Source');
  class Fan {
    readonly graph = uncheckedGraph<Item, Item>([[source, leaves], ...leaves.map((leaf) => [leaf, []] as const)]);
  }
  Flow({ queueMaxsize: CAPACITY })(Fan);
  const flow = await run(Fan);
  return async (count) => {
    const consumed = (async () => {
      for (let n = 0; n < count * leaves.length; n++) await flow.fetch();
    })();
    for (let n = 0; n < count; n++) await flow.emit(new Item(n));
    await consumed;
  };
}

/** Two ways for a trace to be alive. */
export const liveTraces = {
  /** A node of the same flow has `live` messages in work and does not finish them. */
  async inNode(stages: readonly Stage[], live: number): Promise<Sender> {
    const nodes = stages.map((stage, index) => nodeOf(stage, `Step${index}`));
    const [first] = nodes as [(typeof nodes)[number]];
    const never = new Promise<Item>(() => {});
    @Node({ concurrency: live })
    class Hold implements FlowNode<Item, Item> {
      process(): Promise<Item> {
        return never;
      }
    }
    class Held {
      readonly graph = uncheckedGraph<Item, Item>([
        ...nodes.map((node, index) => [node, nodes.slice(index + 1, index + 2)] as const),
        [Hold, []],
      ]);
    }
    Flow({ queueMaxsize: CAPACITY })(Held);
    const flow = await run(Held);
    for (let n = 0; n < live; n++) await flow.emit(new Item(n), { to: Hold });
    return async (count) => {
      const consumed = (async () => {
        for (let n = 0; n < count; n++) await flow.fetch();
      })();
      for (let n = 0; n < count; n++) await flow.emit(new Item(n), { to: first });
      await consumed;
    };
  },

  /** `live` messages are under way before the first result is fetched. */
  async inQueues(stages: readonly Stage[], live: number): Promise<Sender> {
    const flow = await run(chainOf(stages, POLICY, { queueMaxsize: 0 }));
    return async (count) => {
      for (let sent = 0; sent < count; sent += live) {
        const now = Math.min(live, count - sent);
        for (let n = 0; n < now; n++) await flow.emit(new Item(n));
        for (let n = 0; n < now; n++) await flow.fetch();
      }
    };
  },
};
