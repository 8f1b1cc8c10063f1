import type { NodeSnapshot } from '#src/runtime/flow-snapshot.js';
import type { TestFlow } from '../../../support/flows.js';
import type { HeldCall } from '../../../support/nodes.js';
import { settle } from '../../../support/settling.js';

/** What a flow says of one of its nodes. */
export function nodeOf(flow: TestFlow, name = 'join'): NodeSnapshot {
  return flow.snapshot().nodes.find((each) => each.name === name) as NodeSnapshot;
}

/** Lets a held node hand on what it got. */
export async function finish(call: HeldCall | undefined): Promise<void> {
  call?.resolve(call.payload);
  await settle();
}
