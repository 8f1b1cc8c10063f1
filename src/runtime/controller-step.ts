import { FinalAnswer } from '../message/final-answer.js';
import { WorkingMemory } from '../message/working-memory.js';
import { Parcel } from './envelope.js';
import type { Outlet } from './outlet.js';

/** The ways out of a node with an edge to itself. */
export interface ControllerLoop {
  /** Back to the node. */
  readonly again: Outlet;
  /** The egress (Rookery). */
  readonly egress: Outlet;
  /** Where a payload goes that does not go back: other successors, else the egress. */
  leave(payload: unknown): readonly Outlet[];
  /** Where the graph routes a payload that has nothing to do with controllers. */
  route(payload: unknown): readonly Outlet[];
}

/**
 * Decides on what a node with an edge to itself returned: what is sent on, and where to.
 *
 * Working memory goes back to the node, one hop older, unless a budget is used up: then a final answer with the original's
 * text takes its place. Without budgets it is shown at the egress too, so that who reads results sees the progress; not to
 * a `call`, which waits for the answer. A deadline needs nothing here: it interrupts the attempt, or the next hop is skipped.
 */
export function controllerStep(loop: ControllerLoop, input: Parcel, result: Parcel): [Parcel, readonly Outlet[]] {
  const { payload, envelope } = result;
  if (FinalAnswer.is(payload)) return [result, loop.leave(payload)];
  if (!WorkingMemory.is(payload)) return [result, loop.route(payload)];
  const { budgetTokens, budgetHops } = payload;
  if (budgetTokens !== null && payload.tokensUsed >= budgetTokens)
    return finish('Token budget exhausted', loop, result);
  const hops = nextHops(input.payload, payload.hops);
  if (budgetHops !== null && hops >= budgetHops) return finish('Hop budget exhausted', loop, result);
  const parcel = hops === payload.hops ? result : new Parcel(payload.with({ hops }), envelope);
  const shown = budgetTokens === null && budgetHops === null && !envelope.trace.owned;
  return [parcel, shown ? [loop.egress, loop.again] : [loop.again]];
}

/** A controller that did not count its hop itself has it counted. */
function nextHops(incoming: unknown, returned: number): number {
  return WorkingMemory.is(incoming) && returned <= incoming.hops ? incoming.hops + 1 : returned;
}

function finish(text: string, loop: ControllerLoop, result: Parcel): [Parcel, readonly Outlet[]] {
  const answer = new FinalAnswer(text);
  return [new Parcel(answer, result.envelope), loop.leave(answer)];
}
