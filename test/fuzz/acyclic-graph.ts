import fc from 'fast-check';
import { predicateRouter, type NodeClass, type NodeContext, type NodeOptions } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import type { UncheckedEdge } from '#src/graph/unchecked-graph.js';
import type { ManualClock } from '#src/testing/index.js';
import { node, rows } from '../support/nodes.js';

/** What goes through the graph: each node but a router adds its number to the trail. */
export interface Load {
  readonly id: number;
  readonly trail: string;
}

/** One node of a random graph. */
export interface NodePlan {
  /** How it sends on what it has: to all that follow, or to some, as routes of the graph, a router or `ctx.emit` choose. */
  readonly sends: 'all' | 'branches' | 'router' | 'emit';
  readonly pace: 'at once' | 'async' | 'sleep';
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly maxRetries: number;
  readonly backoffBaseS: number;
  /** How attempts go wrong, of how many of seven messages, and how many attempts of each. */
  readonly trouble: 'throws' | 'hangs' | 'hangs on';
  readonly troubled: number;
  readonly attempts: number;
  /** Which of the nodes after it follow, as bits. */
  readonly followers: number;
}

export const nodePlan: fc.Arbitrary<NodePlan> = fc.record({
  sends: fc.constantFrom('all', 'branches', 'router', 'emit'),
  pace: fc.constantFrom('at once', 'async', 'sleep'),
  concurrency: fc.integer({ min: 1, max: 3 }),
  ordered: fc.boolean(),
  maxRetries: fc.integer({ min: 0, max: 2 }),
  backoffBaseS: fc.constantFrom(0, 0.1),
  trouble: fc.constantFrom('throws', 'hangs', 'hangs on'),
  troubled: fc.constantFrom(0, 0, 0, 1, 3, 7),
  attempts: fc.integer({ min: 1, max: 3 }),
  followers: fc.nat(31),
});

/** Numbers of the nodes that follow each. */
export function followersOf(plans: readonly NodePlan[]): readonly (readonly number[])[] {
  return plans.map(({ followers }, index) =>
    plans.flatMap((_, other) => (other > index && (followers & (1 << (other - index - 1))) !== 0 ? [other] : [])),
  );
}

/** How a node of a random graph treats each message: what the flow does, and what the model expects of it. */
export class NodeModel {
  readonly name: string;
  /** A node that is left by its results has nobody to choose. */
  readonly sends: NodePlan['sends'];
  readonly trouble: NodePlan['trouble'];

  constructor(
    readonly plan: NodePlan,
    readonly index: number,
    readonly followers: readonly number[],
  ) {
    this.name = `N${index}`;
    this.sends = followers.length === 0 ? 'all' : plan.sends;
    // What waits for room takes time of the attempt, so an attempt that emits has no limit.
    this.trouble = this.sends === 'router' || this.sends === 'emit' ? 'throws' : plan.trouble;
  }

  /** How many attempts of a message go wrong. */
  badAttempts({ id }: Load): number {
    return (id * 3 + this.index) % 7 < this.plan.troubled ? this.plan.attempts : 0;
  }

  /** What it sends on. */
  out(load: Load): Load {
    return this.sends === 'router' ? load : { ...load, trail: `${load.trail}${this.index}` };
  }

  /** Who gets it. */
  targets({ id }: Load): readonly number[] {
    if (this.sends === 'all') return this.followers;
    const chosen = this.followers.filter((to) => ((id >> (to % 4)) + to + this.index) % 2 === 0);
    if (this.sends !== 'branches') return chosen;
    const otherwise = this.followers.at(-1) as number;
    const branches = chosen.filter((to) => to !== otherwise);
    return branches.length === 0 ? [otherwise] : branches;
  }
}

/** The classes of the nodes of a random graph. */
export function acyclicNodes(models: readonly NodeModel[], clock: ManualClock): readonly NodeClass[] {
  return models.map((model) => (model.sends === 'router' ? routerOf(model) : nodeOf(model, clock)) as NodeClass);
}

/** The flow of a random graph. */
export function acyclicGraph(
  models: readonly NodeModel[],
  clock: ManualClock,
  classes: readonly NodeClass[] = acyclicNodes(models, clock),
): FlowGraph<unknown> {
  return rows(
    models.map(({ followers, sends }, index) => [
      classes[index] as NodeClass,
      followers.map((other): UncheckedEdge => {
        const to = classes[other] as NodeClass;
        if (sends !== 'branches') return to;
        if (other === followers.at(-1)) return { to, otherwise: true };
        const model = models[index] as NodeModel;
        return { to, when: (load: Load) => model.targets(load).includes(other) };
      }),
    ]),
  );
}

function policyOf({ plan, trouble }: NodeModel): Omit<NodeOptions, 'name'> {
  const { concurrency, ordered, maxRetries, backoffBaseS } = plan;
  return { concurrency, ordered, maxRetries, backoffBaseS, ...(trouble === 'throws' ? {} : { timeoutS: 1 }) };
}

function routerOf(model: NodeModel): NodeClass<Load> {
  return predicateRouter<Load>(
    model.name,
    (load, ctx) => {
      if (ctx.attempt < model.badAttempts(load)) throw new Error('no');
      const names = model.targets(load).map((to) => `N${to}`);
      return model.plan.pace === 'at once' ? names : Promise.resolve(names);
    },
    policyOf(model),
  );
}

function nodeOf(model: NodeModel, clock: ManualClock): NodeClass<Load> {
  const { pace } = model.plan;

  async function slowly(load: Load, ctx: NodeContext): Promise<Load | undefined> {
    if (ctx.attempt < model.badAttempts(load)) await goWrong(model, ctx, clock);
    await (pace === 'sleep' ? ctx.sleep(0.05) : undefined);
    if (model.sends !== 'emit') return model.out(load);
    for (const to of model.targets(load)) await ctx.emit(model.out(load), { to: `N${to}` });
    return undefined;
  }

  function process(load: Load, ctx: NodeContext): unknown {
    const isFine = ctx.attempt >= model.badAttempts(load);
    return isFine && pace === 'at once' && model.sends !== 'emit' ? model.out(load) : slowly(load, ctx);
  }
  return node(model.name, process as never, policyOf(model));
}

/** Throws, or hangs until the attempt is interrupted, or some time longer. */
async function goWrong({ trouble }: NodeModel, ctx: NodeContext, clock: ManualClock): Promise<never> {
  if (trouble === 'throws') throw new Error('no');
  await new Promise<void>((resolve) => {
    ctx.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (trouble === 'hangs on') {
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, 300);
    });
  }
  throw new Error('told to stop');
}
