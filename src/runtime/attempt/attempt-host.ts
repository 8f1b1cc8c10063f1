import type { FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { Message } from '../../message/message.js';
import type { NodePolicy } from '../../ports/node-policy.js';
import type { ContextHost } from './attempt-context.js';
import type { AttemptEvents } from './attempt-events.js';
import type { ControllerLoop } from '../routing/controller-step.js';
import type { Parcel } from '../trace/envelope.js';
import type { EventPlace } from '../core/flow-events.js';
import type { NodeTarget } from './node-call.js';
import type { NodeStats } from './node-stats.js';
import type { Outlet } from '../routing/outlet.js';
import type { DeferredStart } from './deferred-start.js';

/** Events whose latency needs the exact start of an attempt. */
export const LATENCY_EVENTS =
  EVENT_BIT.node_success | EVENT_BIT.node_error | EVENT_BIT.node_timeout | EVENT_BIT.node_failed;

/** Events that tell of an attempt's start, or of its latency. */
export const ATTEMPT_EVENTS = EVENT_BIT.node_start | LATENCY_EVENTS;

/** A node without a limit of its rate, as the nodes before see it. */
export interface NextNode {
  /**
   * Whether nothing waits before it, and it has a free slot. False while it defers.
   *
   * A method, because the compiler knows how often one is called and builds a getter in last.
   */
  isReady(): boolean;
  /**
   * Starts a message at once, which its trace counts as pending and in flight.
   *
   * @param input - through which of its inputs the message comes
   */
  launch(parcel: Parcel, input: number): void;
}

/**
 * What a slot asks of its worker.
 *
 * @typeParam Slot - the slot itself; a parameter, so that the two files do not need each other
 */
export interface AttemptHost<Slot> extends ContextHost, EventPlace {
  /** The node with what is wrapped around it. */
  readonly target: NodeTarget;
  /** Its `process`, looked up once: nodes are of many classes, and each look-up would search them all. */
  readonly process: NodeTarget['process'];
  readonly policy: NodePolicy;
  readonly stats: NodeStats;
  readonly events: AttemptEvents;
  /** Told of each attempt that throws. */
  readonly deferredStart: DeferredStart;
  /** Milliseconds until `maxPerS` allows the next attempt. */
  throttleMs(): number;
  /** Whether the start of an attempt is noted, be it only to arm the check of timeouts. */
  readonly noted: boolean;
  /** The start of an attempt on the monotonic scale, NaN until somebody stamps it; arms the timeout. */
  beginAttempt(): number;
  /** The ways out of a node with an edge to itself; undefined for every other node. */
  readonly loop: ControllerLoop | undefined;
  /** The outlets of a node that sends everything the same way; undefined when payloads are looked at. */
  readonly fixedOutlets: readonly Outlet[] | undefined;
  /** The outlet of a node that sends everything to one and the same, in whatever order; undefined for every other node. */
  readonly exit: Outlet | undefined;
  /** The node behind `exit`, where it may be handed a message without a floe between. */
  readonly next: NextNode | undefined;
  /** Which of the inputs of that node this one fills. */
  readonly nextInput: number;
  /** The outlets for a payload as the graph routes it. */
  route(payload: unknown): readonly Outlet[];
  /** The message a node returned, as the runtime carries it on. */
  parcelOf(message: Message, from: Parcel): Parcel;
  /** Says that a message is not processed because its deadline has passed, and returns the error for its trace. */
  reportSkip(parcel: Parcel): FlowError;
  /** Where a failure goes that somebody wants as a result; no outlets when nobody does. */
  failTrace(parcel: Parcel, error: FlowError): readonly Outlet[];
  /** Whether messages leave in the order in which they arrived. */
  readonly ordered: boolean;
  /** False while an ordered node must let an earlier message leave first; the worker then calls `leave`. */
  mayRelease(slot: Slot): boolean;
  /** The slot has no message any more; `delivery` is the arrival number of the one that it had. */
  freed(slot: Slot, delivery: number): void;
  /**
   * The same of a node whose order does not matter, for a message that the next one takes at once: a flow that drains does not
   * ask between the two whether work is left.
   */
  passedOn(slot: Slot): void;
  /** A dead slot gives its place, and its message if it keeps one, to a fresh one. */
  replace(slot: Slot): Slot;
  /** The code of an interrupted attempt has returned at last. */
  settledLate(slot: Slot): void;
}
