import { joinFrom, type NodeClass } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import type { BenchOptions, FlowBench, TestFlow } from '../../../support/flows.js';
import { node, rows } from '../../../support/nodes.js';
import { settle } from '../../../support/settling.js';

/** Emits each value of a list, one after the other. */
export function split(name: string): NodeClass {
  return node(name, async function* (values: unknown) {
    yield* values as readonly unknown[];
  });
}

/** Puts its name behind a payload, unless that is one it drops. */
export function branch(name: string, drops: readonly string[] = []): NodeClass<unknown> {
  return node(name, (payload) => (drops.includes(String(payload)) ? undefined : `${String(payload)}${name}`));
}

/** The rows of nodes that all lead to one join. */
export function rowsTo(join: NodeClass<unknown>, sources: readonly NodeClass[]): readonly UncheckedRow[] {
  return sources.map((each) => [each, [join]] as const);
}

/** A fork, branches and a join of all of them, or the one that is given. */
export function diamond(
  bench: FlowBench,
  fork: NodeClass,
  branches: readonly NodeClass<unknown>[],
  join: NodeClass<unknown> = joinFrom('join', branches as [NodeClass<unknown>, ...NodeClass<unknown>[]]),
  options: BenchOptions = {},
): Promise<TestFlow> {
  return bench.run(rows([[fork, branches], ...rowsTo(join, branches)], [fork]), options);
}

/** Whatever comes out in the next seconds. */
export async function restOf(bench: FlowBench, flow: TestFlow, seconds = 20): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let second = 0; second <= seconds; second++) {
    await settle();
    while (flow.snapshot().results > 0) results.push(await flow.fetch());
    await bench.clock.advance(1_000);
  }
  return results;
}

/** Whatever comes out of one message. */
export async function resultsOf(bench: FlowBench, flow: TestFlow, payload: unknown): Promise<unknown[]> {
  await flow.emit(payload);
  return restOf(bench, flow);
}
