import {
  Flow,
  Node,
  uncheckedGraph,
  WorkingMemory,
  type FlowClass,
  type NodeClass,
  type NodeContext,
  type UncheckedEdge,
  type UncheckedRow,
} from '#src/index.js';
import { buildBehaviour } from './behaviours.js';
import type { GraphSpec, NodeSpec } from './scenario.js';
import type { World } from './world.js';

/** Options of the flow class, besides its graph. */
export interface ScenarioFlowOptions {
  readonly queueMaxsize?: number;
  readonly deliverFailures?: boolean;
  readonly allowCycles?: boolean;
}

let flows = 0;

/** A real flow class with real decorated node classes for the graph of a scenario. */
export function scenarioFlow(graph: GraphSpec, world: World, options: ScenarioFlowOptions = {}): FlowClass<unknown> {
  const classes = new Map(graph.nodes.map((spec) => [spec.name, scenarioNode(spec, graph, world)]));
  const classOf = (name: string): NodeClass<unknown> => {
    const found = classes.get(name);
    if (found === undefined) throw new Error(`Unknown node "${name}"`);
    return found;
  };
  const rows = graph.nodes.map((spec): UncheckedRow => {
    const edges = successorsOf(spec.name, graph).map((to): UncheckedEdge =>
      to === spec.name ? selfEdge(spec, classOf(to)) : { to: classOf(to) },
    );
    return [classOf(spec.name), edges];
  });
  const allowCycles = options.allowCycles === true || graph.nodes.some((spec) => spec.allow_cycle === true);
  @Flow({ ...options, name: `golden-${++flows}`, allowCycles })
  class ScenarioFlow {
    readonly graph = uncheckedGraph<unknown>(rows);
  }
  return ScenarioFlow;
}

export function successorsOf(node: string, graph: GraphSpec): readonly string[] {
  return graph.edges.filter(([from]) => from === node).map(([, to]) => to);
}

function scenarioNode(spec: NodeSpec, graph: GraphSpec, world: World): NodeClass<unknown> {
  @Node({ name: spec.name, validate: 'none', ...policyOf(spec) })
  class ScenarioNode {
    readonly #behave = buildBehaviour(spec.behaviour, {
      node: spec.name,
      successors: successorsOf(spec.name, graph).filter((name) => name !== spec.name),
      world,
      subflow: (subgraph) => scenarioFlow(subgraph, world),
    });

    async process(payload: unknown, ctx: NodeContext): Promise<unknown> {
      const visit = world.enter(spec.name, ctx);
      const result = await this.#behave(payload, ctx);
      visit.leave();
      return result;
    }
  }
  return ScenarioNode;
}

/** A controller's loop takes its working memory; any other loop takes everything, as in the original. */
function selfEdge(spec: NodeSpec, to: NodeClass<unknown>): UncheckedEdge {
  return JSON.stringify(spec.behaviour).includes('"controller"')
    ? { to, on: WorkingMemory, back: true }
    : { to, back: true };
}

function policyOf({ policy = {} }: NodeSpec): object {
  const names: Readonly<Record<string, string>> = {
    timeout_s: 'timeoutS',
    max_retries: 'maxRetries',
    backoff_base: 'backoffBaseS',
    backoff_mult: 'backoffMultiplier',
    max_backoff: 'maxBackoffS',
  };
  return Object.fromEntries(
    Object.entries(policy)
      .filter(([key, value]) => key !== 'validate' && value !== null)
      .map(([key, value]) => {
        const name = names[key];
        if (name === undefined) throw new Error(`Unknown policy "${key}"`);
        return [name, value];
      }),
  );
}
