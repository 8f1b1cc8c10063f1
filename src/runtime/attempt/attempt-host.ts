import type { FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import type { RetryBudget } from '../../policy/retry-budget.js';
import type { NodePolicy } from '../../ports/node-policy.js';
import type { PayloadCheck } from '../../validation/payload-check.js';
import type { TimedWait, WaitRequest } from '../../trace-local/timed-wait.js';
import type { KeeperNode } from '../../trace-local/trace-local.js';
import type { FlowCore } from '../core/flow-core.js';
import type { PlaceEvents } from '../core/place-events.js';
import type { ControllerLoop } from '../routing/controller-step.js';
import type { NodeRoutes } from '../routing/node-routes.js';
import type { Outlet } from '../routing/outlet.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { AttemptContext } from './attempt-context.js';
import type { AttemptSlot } from './attempt-slot.js';
import type { AttemptTimeouts } from './attempt-timeouts.js';
import type { DeferredStart } from './deferred-start.js';
import type { NodeTarget } from './node-call.js';
import type { NodeEmits } from './node-emits.js';
import type { NodeStats } from './node-stats.js';

/** Events whose latency needs the exact start of an attempt. */
export const LATENCY_EVENTS =
  EVENT_BIT.node_success | EVENT_BIT.node_error | EVENT_BIT.node_timeout | EVENT_BIT.node_failed;

/** Events that tell of an attempt's start, of its latency, or of how many there were. */
export const ATTEMPT_EVENTS = EVENT_BIT.node_start | EVENT_BIT.trace_end | EVENT_BIT.part_end | LATENCY_EVENTS;

/** A node without a limit of its rate, as the nodes before see it. */
export interface NextNode {
  /**
   * Whether nothing waits before it, and it has a free slot. False while it defers.
   *
   * A method and no getter: docs/performance.md, "sizes".
   */
  isReady(): boolean;
  /**
   * Starts a message at once, which its trace counts as pending and in flight.
   *
   * @param input - through which of its inputs the message comes
   */
  launch(parcel: Parcel, input: number): void;
}

/** A node as those of its own attempts see it that keep something. */
export interface HostKeeper extends KeeperNode {
  /**
   * Waits for the rest of what came first.
   *
   * @param first - comes once more when the time is up
   * @param input - through which it came
   */
  beginWait(request: WaitRequest, first: Parcel, input: number): TimedWait;
}

/** What the attempts of a node ask of it: its worker. */
export interface AttemptHost {
  readonly core: FlowCore;
  readonly plan: PlanNode;
  readonly name: string;
  readonly id: string;
  readonly policy: NodePolicy;
  readonly stats: NodeStats;
  /** Of a node whose retries are kept to a share of its attempts. */
  readonly retryBudget: RetryBudget | undefined;
  readonly events: PlaceEvents;
  readonly emits: NodeEmits;

  /** The node with what is wrapped around it. */
  readonly target: NodeTarget;
  /** Its `process`, looked up once: nodes are of many classes, and each look-up would search them all. */
  readonly process: NodeTarget['process'];
  /** The node as the library's own nodes see theirs. */
  readonly keeper: HostKeeper;
  /** For what the node emits itself; undefined = not checked. */
  readonly emitCheck: PayloadCheck | undefined;
  /** Messages that wait before the node. */
  readonly queueDepthIn: number;
  /** Name of the node, or of the ingress, behind one of the inputs. */
  sourceOf(input: number): string;

  // Starting an attempt
  /** Told of each attempt that throws. */
  readonly deferredStart: DeferredStart;
  /** Milliseconds until `maxPerS` allows the next attempt. */
  throttleMs(): number;
  readonly timeouts: AttemptTimeouts;
  /** Interrupted attempts whose code still runs; whether there are so many that the node starts nothing. */
  readonly late: { holdBack(begin: () => void): boolean; forget(begin: () => void): void };
  /** Notes the start of an attempt; gives it on the monotonic scale, NaN until somebody stamps it. */
  beginAttempt(trace: TraceRecord, attempt: number): number;
  /** Says that a message is not processed because its deadline has passed, and returns the error for its trace. */
  reportSkip(parcel: Parcel): FlowError;

  // Where results go
  readonly routes: NodeRoutes;
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

  // An ordered node
  /** Whether messages leave in the order in which they arrived. */
  readonly ordered: boolean;
  /** False while an ordered node must let an earlier message leave first; the worker then calls `release`. */
  mayRelease(slot: AttemptSlot): boolean;
  /** Calls back when an ordered node may emit for this attempt; false when it may at once, without a call. */
  whenInSequence(context: AttemptContext, callback: () => void): boolean;

  /** The fork by whose emissions a join tells its parts apart; undefined for every other node. */
  readonly joinsFrom: object | undefined;

  // Ending an attempt
  /** The slot has no message any more; `delivery` is the arrival number of the one that it had. */
  freed(slot: AttemptSlot, delivery: number): void;
  /** `freed` of a node whose order does not matter, for a message that the next one takes at once. */
  freedFast(slot: AttemptSlot): void;
  /** A dead slot gives its place, and its message if it keeps one, to a fresh one. */
  replace(slot: AttemptSlot): AttemptSlot;
  /** The code of an interrupted attempt has returned at last. */
  settledLate(slot: AttemptSlot): void;
}
