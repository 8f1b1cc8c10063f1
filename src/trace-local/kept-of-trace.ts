import type { NodeContext } from '../ports/node-context.js';

/**
 * What somebody keeps of one trace. It hangs on the trace itself, so that no id is looked up, and goes with it.
 *
 * For the library's own nodes; a user's node has `ctx.onTraceEnd` and `ctx.holdTrace`.
 */
export interface KeptOfTrace {
  /** What somebody else keeps of the same trace. */
  next: KeptOfTrace | undefined;
  /** Messages that wait here; while there is one, the trace is not over. */
  readonly holding: number;
  /** Whose it is; one thing per trace for each. */
  readonly keeper: object;
  /** Waits no longer with what has this deadline (seconds since the epoch) or an earlier one; returns with how much. */
  letGo(untilS: number): number;
  /** The trace is over. */
  over(): void;
}

/** A trace as its keepers see it. */
export interface KeptTrace {
  /** A short list: at most one per node, callbacks and holds of users aside. */
  kept: KeptOfTrace | undefined;
  /** A `call` or a stream waits for it. */
  readonly owned: boolean;
  readonly ended: boolean;
}

/** An envelope as keepers see it; the messages of a trace share one until a node gives them another. */
export interface KeptEnvelope {
  readonly trace: KeptTrace;
  /** Seconds since the epoch. */
  readonly deadlineS: number | undefined;
}

/** Of this copy of the library alone: a context of another one may keep its traces in another way. */
export const ENVELOPE_FOR: unique symbol = Symbol('penguiflow:envelope-for') as never;

/** A context that lets the library's own nodes see the envelope. */
export interface KeepingContext {
  /** Undefined when something is wrapped around the node, which may call it late or look at what it gives. */
  [ENVELOPE_FOR](node: object): KeptEnvelope | undefined;
}

/** The envelope of what a node works on; undefined when only the public side of the context may be used. */
export function envelopeFor(ctx: NodeContext, node: object): KeptEnvelope | undefined {
  return (ctx as NodeContext & Partial<KeepingContext>)[ENVELOPE_FOR]?.(node);
}

/** What a keeper has of a trace so far. */
export function keptBy(keeper: object, trace: KeptTrace): KeptOfTrace | undefined {
  let { kept } = trace;
  while (kept !== undefined && kept.keeper !== keeper) kept = kept.next;
  return kept;
}

/** Hangs something on a trace that is not over, and returns it. */
export function keep<Kept extends KeptOfTrace>(kept: Kept, trace: KeptTrace): Kept {
  kept.next = trace.kept;
  trace.kept = kept;
  return kept;
}

/** Whether somebody waits with a message of the trace. */
export function isHeld(trace: KeptTrace): boolean {
  let { kept } = trace;
  while (kept !== undefined && kept.holding === 0) kept = kept.next;
  return kept !== undefined;
}
