import { joinFrom, type NodeClass } from '#src/index.js';
import type { NodeSnapshot } from '#src/runtime/flow-snapshot.js';
import type { FlowBench, TestFlow } from '../../../support/flows.js';
import { held, pass, type HeldCall } from '../../../support/nodes.js';
import { settle } from '../../../support/settling.js';
import { diamond } from './diamonds.js';

/** What a flow says of one of its nodes. */
export function nodeOf(flow: TestFlow, name = 'join'): NodeSnapshot {
  return flow.snapshot().nodes.find((each) => each.name === name) as NodeSnapshot;
}

/** Lets a held node hand on what it got. */
export async function finish(call: HeldCall | undefined): Promise<void> {
  call?.resolve(call.payload);
  await settle();
}

/** A fork, a quick branch `a`, a branch `b` whose calls the test ends, and a join of both. */
export async function halfHeld(
  bench: FlowBench,
  options: { readonly maxWaiting?: number; readonly onTimeout?: 'emit' } = {},
  queueMaxsize = 64,
): Promise<{ readonly flow: TestFlow; readonly calls: HeldCall[] }> {
  const b = held('b', { concurrency: 100 });
  const a = pass('a');
  const join = joinFrom('join', [a, b.node], { timeoutS: 60, ...options }) as NodeClass<unknown>;
  const flow = await diamond(bench, pass('fork'), [a, b.node], join, { queueMaxsize });
  return { flow, calls: b.calls };
}

/** Lets a held node end without a result. */
export async function drop(call: HeldCall | undefined): Promise<void> {
  call?.resolve();
  await settle();
}
