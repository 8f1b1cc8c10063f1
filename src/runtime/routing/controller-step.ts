import { FinalAnswer } from '../../message/final-answer.js';
import { WorkingMemory } from '../../message/working-memory.js';
import { Parcel, type Envelope } from '../trace/envelope.js';
import type { Outlet } from './outlet.js';

/** The ways out of a node with an edge to itself. */
export interface ControllerLoop {
  /** Back to the node. */
  readonly again: Outlet;
  /** The egress (Rookery). */
  readonly egress: Outlet;
  /** Where a payload goes that does not go back: other successors, else the egress. */
  outletsFor(payload: unknown): readonly Outlet[];
  /** Where the graph routes a payload that has nothing to do with controllers. */
  route(payload: unknown): readonly Outlet[];
}

/**
 * Decides on what a node with an edge to itself returned: what is sent on, and where to.
 *
 * Working memory goes back to the node, one hop older, unless a budget is used up: then a final answer with the original's
 * text takes its place. Without budgets it is shown at the egress too, so that whoever reads results sees the progress: as a
 * piece of a `stream`, and not to a `call`, which waits for the answer. A deadline needs nothing here: it interrupts the attempt, or the next hop is skipped.
 */
export function controllerStep(loop: ControllerLoop, input: Parcel, result: Parcel): [Parcel, readonly Outlet[]] {
  const { payload, envelope } = result;
  if (FinalAnswer.is(payload)) return finish(payload, loop, result);
  if (!WorkingMemory.is(payload)) return [result, loop.route(payload)];
  const { budgetTokens, budgetHops } = payload;
  if (budgetTokens !== null && payload.tokensUsed >= budgetTokens)
    return finish(new FinalAnswer('Token budget exhausted'), loop, result);
  const hops = nextHops(input.payload, payload.hops);
  if (budgetHops !== null && hops >= budgetHops) return finish(new FinalAnswer('Hop budget exhausted'), loop, result);
  const { trace } = envelope;
  const streamed = trace.reader !== undefined;
  const shown = budgetTokens === null && budgetHops === null && (streamed || !trace.owned);
  const memory = hops === payload.hops ? payload : payload.with({ hops });
  const inside = shown ? marked(envelope, streamed) : envelope;
  const parcel = memory === payload && inside === envelope ? result : new Parcel(memory, inside);
  return [parcel, shown ? [loop.egress, loop.again] : [loop.again]];
}

/** A controller that did not count its hop itself has it counted. */
function nextHops(incoming: unknown, returned: number): number {
  return WorkingMemory.is(incoming) && returned <= incoming.hops ? incoming.hops + 1 : returned;
}

/** An answer is the final value of a stream, whatever the memory before it was. */
function finish(answer: FinalAnswer, loop: ControllerLoop, result: Parcel): [Parcel, readonly Outlet[]] {
  const envelope = result.envelope.trace.reader === undefined ? result.envelope : marked(result.envelope, false);
  const same = answer === result.payload && envelope === result.envelope;
  return [same ? result : new Parcel(answer, envelope), loop.outletsFor(answer)];
}

/** The envelope, marked as that of a piece of a stream or not. */
function marked(envelope: Envelope, piece: boolean): Envelope {
  if (envelope.piece === piece) return envelope;
  const { headers, deadline, meta, ts } = envelope;
  return envelope.derive(headers, deadline, meta, ts, piece);
}
