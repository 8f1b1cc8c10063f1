import { attachLocal, localOf, type LateCheck, type TraceLocal } from '../../trace-local/trace-local.js';
import type { Envelope } from '../trace/envelope.js';
import type { FlowCore } from './flow-core.js';
import type { TraceRecord } from '../trace/trace-record.js';

/** One message that a node keeps for later. */
interface Hold {
  readonly deadline: object | undefined;
}

/** Whose the holds of all nodes of users are. */
const HOLDER = {};

function nothing(): void {}

function always(): boolean {
  return true;
}

/** What the nodes of users keep of one trace. */
class Holds implements TraceLocal {
  next: TraceLocal | undefined;
  holding = 0;
  readonly keeper = HOLDER;
  readonly node = undefined;
  readonly sends = false;
  #holds: Hold[] = [];

  add(hold: Hold): void {
    this.holding = this.#holds.push(hold);
  }

  /** False when it was let go of before. */
  delete(hold: Hold): boolean {
    const index = this.#holds.indexOf(hold);
    if (index === -1) return false;
    this.#holds.splice(index, 1);
    this.holding = this.#holds.length;
    return true;
  }

  letGo(isLate: LateCheck): number {
    const before = this.holding;
    this.#holds = this.#holds.filter(({ deadline }) => !isLate(deadline));
    this.holding = this.#holds.length;
    return before - this.holding;
  }

  mayAct(): boolean {
    return false;
  }

  onQuiet(): void {}

  over(): void {}
}

/**
 * Keeps the trace of a message alive while a node keeps the message for later. The returned function lets go.
 *
 * Not so in a trace that a `call` waits for: nobody adds to such a trace, so a message that is kept there when nothing
 * else is left would be kept for ever, and the caller with it.
 */
export function holdTrace(core: FlowCore, envelope: Envelope): () => void {
  const { trace, deadline } = envelope;
  if (trace.owned || trace.ended) return nothing;
  const holds = holdsOf(trace);
  const hold: Hold = { deadline };
  holds.add(hold);
  return () => {
    if (holds.delete(hold)) core.traces.endIfEmpty(trace);
  };
}

/** Lets go of what the nodes keep of a trace; returns how much. */
export function dropHolds(trace: TraceRecord): number {
  let dropped = 0;
  for (let local = trace.locals; local !== undefined; local = local.next) dropped += local.letGo(always);
  return dropped;
}

function holdsOf(trace: TraceRecord): Holds {
  return (localOf(HOLDER, trace) as Holds | undefined) ?? attachLocal(new Holds(), trace);
}
