import type { NodeContext } from '../ports/node-context.js';

/**
 * What somebody keeps of one trace. It hangs on the trace itself, so that no id is looked up, and goes with it.
 *
 * For the library's own nodes; a user's node has `ctx.onTraceEnd` and `ctx.holdTrace`.
 */
export interface TraceLocal {
  /** What somebody else keeps of the same trace. */
  next: TraceLocal | undefined;
  /** Messages that wait here; while there is one, the trace is not over. */
  readonly holding: number;
  /** Whose it is; one thing per trace for each. */
  readonly keeper: object;
  /** The node that keeps it, if that acts once nothing else of the run is under way; undefined for what is kept until somebody lets go of it. */
  readonly node: KeeperNode | undefined;
  /** Whether that node sends something on when it acts. */
  readonly sends: boolean;
  /**
   * Whether there is something to do once nothing else of the run is under way.
   * @param isJoinable - whether a further emit may join the run, and bring what something waits for
   */
  mayAct(isJoinable: boolean): boolean;
  /** Nothing else of the run is under way: sends on what it has, or gives it up, but for what it waits for. */
  onQuiet(isJoinable: boolean): void;
  /** Forgets what has such a deadline; returns how much that was. */
  letGo(isLate: LateCheck): number;
  /** The trace is over. */
  over(): void;
}

/** A trace as its keepers see it. */
export interface TraceWithLocals {
  /** A short list: at most one per node, callbacks and holds of users aside. */
  locals: TraceLocal | undefined;
  /** A `call` or a stream waits for it. */
  readonly owned: boolean;
  /** A message of it has failed for good. */
  readonly failed: boolean;
  readonly ended: boolean;
}

/** An envelope as keepers see it; the messages of a trace share one until a node gives them another. */
export interface EnvelopeWithLocals {
  readonly trace: TraceWithLocals;
  readonly deadline: object | undefined;
}

/** Whether what is kept under a deadline, or under none, is kept no longer. */
export type LateCheck = (deadline: object | undefined) => boolean;

/** Of this copy of the library alone: a context of another one may keep its traces in another way. */
export const ENVELOPE_FOR: unique symbol = Symbol('penguiflow:envelope-for') as never;

/** Of this copy of the library alone, like the one above. */
export const ENVELOPE_OF: unique symbol = Symbol('penguiflow:envelope-of') as never;

/** Also across two installed copies of the package: what it gives is only compared. */
export const ORIGIN_OF: unique symbol = Symbol.for('penguiflow:origin-of') as never;

/** Of this copy of the library alone, like the ones above. */
export const KEEPER_OF: unique symbol = Symbol('penguiflow:keeper-of') as never;

/** Of this copy of the library alone, like the ones above. */
export const DESCENDS_FROM: unique symbol = Symbol('penguiflow:descends-from') as never;

/** What a join says of a result that will never be complete. */
export interface IncompleteFacts {
  /** Whom it lacks a part of. */
  readonly missing: readonly string[];
  /** How many parts had arrived. */
  readonly arrived: number;
}

/** The node of a context, as the library's own nodes see theirs. */
export interface KeeperNode {
  readonly name: string;
  readonly id: string;
  /**
   * Its place among the nodes that act once a run is quiet, the smallest number first.
   * @param sends - whether it sends something on then
   */
  rankOf(sends: boolean): number;
  /** For a join: whether another emit that joins the run may bring what it lacks. */
  readonly waitsForEmits: boolean;
  /**
   * Gives the node a message that is about something it kept, and looks like one that had come to it.
   *
   * @param envelopes - those of what it kept: the message is like the first, and descends from what all of them do
   */
  resend(about: object, payload: unknown, envelopes: readonly EnvelopeWithLocals[]): void;
  /** Says that what it kept of a run will never be complete. */
  reportIncomplete(envelope: EnvelopeWithLocals, facts: IncompleteFacts): void;
}

/** A context that lets the library's own nodes see the envelope. */
export interface EnvelopeSource {
  /** What the message travels in, also where something is wrapped around the node. */
  readonly [ENVELOPE_OF]: EnvelopeWithLocals;
  readonly [KEEPER_OF]: KeeperNode;
  /**
   * Which emission of its fork a part of a join descends from: an object that is the same for all its descendants. Undefined when that
   * is the run itself, and for other nodes.
   */
  [ORIGIN_OF](): object | undefined;
  /** What the attempt gives descends from what came in all of these, and from nothing that only some of them descend from. */
  [DESCENDS_FROM](envelopes: readonly EnvelopeWithLocals[]): void;
  /** Undefined when something is wrapped around the node, which may call it late or look at what it gives. */
  [ENVELOPE_FOR](node: object): EnvelopeWithLocals | undefined;
}

/** The envelope of what a node works on; undefined when only the public side of the context may be used. */
export function envelopeFor(ctx: NodeContext, node: object): EnvelopeWithLocals | undefined {
  return (ctx as NodeContext & Partial<EnvelopeSource>)[ENVELOPE_FOR]?.(node);
}

/** Which emission of the fork of its join a context's message descends from; undefined when that is the run itself. */
export function originOf(ctx: NodeContext): object | undefined {
  return (ctx as NodeContext & Partial<EnvelopeSource>)[ORIGIN_OF]?.();
}

/** Says that what an attempt gives is made of all that came in these envelopes. */
export function madeOfAll(ctx: NodeContext, envelopes: readonly EnvelopeWithLocals[]): void {
  (ctx as NodeContext & Partial<EnvelopeSource>)[DESCENDS_FROM]?.(envelopes);
}

/** The node of a context, as the library's own nodes see theirs; undefined for a context of another making, as is its envelope. */
export function keeperOf(ctx: NodeContext): KeeperNode | undefined {
  return (ctx as NodeContext & Partial<EnvelopeSource>)[KEEPER_OF];
}

/** The envelope of what a node works on, to keep something of its run, also where something is wrapped around the node. */
export function envelopeOf(ctx: NodeContext): EnvelopeWithLocals | undefined {
  return (ctx as NodeContext & Partial<EnvelopeSource>)[ENVELOPE_OF];
}

/** What a keeper has of a trace so far. */
export function localOf(keeper: object, trace: TraceWithLocals): TraceLocal | undefined {
  let local = trace.locals;
  while (local !== undefined && local.keeper !== keeper) local = local.next;
  return local;
}

/** Attaches something to a trace that is not over, and returns it. */
export function attachLocal<Local extends TraceLocal>(local: Local, trace: TraceWithLocals): Local {
  local.next = trace.locals;
  trace.locals = local;
  return local;
}

/** Whether somebody waits with a message of the trace. */
export function isHeld(trace: TraceWithLocals): boolean {
  let local = trace.locals;
  while (local !== undefined && local.holding === 0) local = local.next;
  return local !== undefined;
}
