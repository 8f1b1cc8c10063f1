import type { FlowError } from '../../errors/flow-error.js';
import type { EventBus } from '../../events/event-bus.js';
import type { FlowPlan } from '../../graph/flow-plan.js';
import type { TimerWheel } from '../../scheduling/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import type { CorrelationScope, FlowLog } from '../../ports/flow-log.js';
import type { FlowTracer } from '../../ports/flow-tracer.js';
import type { Dependency } from '../../ports/dependency.js';
import type { CallOptions } from '../../ports/node-context.js';
import type { Parcel } from '../trace/envelope.js';
import type { DeadlineWatch } from '../trace/deadline-watch.js';
import type { Egress } from '../egress/egress.js';
import type { RunQueue } from '../../scheduling/run-queue.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import type { TurnClock } from '../../scheduling/turn-clock.js';

/** A node's wish to run a playbook. */
export interface PlaybookRequest {
  /** The message the node works on: its envelope is the playbook's. */
  readonly from: Parcel;
  /** The node's name. */
  readonly owner: string;
  /** Which one it is of the calls of its attempt, from 0. */
  readonly which: number;
  /** Aborts when the attempt ends. */
  readonly signal: AbortSignal;
  readonly flowClass: Function;
  readonly payload: unknown;
  readonly options: CallOptions | undefined;
}

/** Runs playbooks for the nodes of a flow. */
export interface PlaybookRunner {
  call(request: PlaybookRequest): Promise<unknown>;
}

/** The dependencies that the nodes of a flow call. */
export interface DependencyUses {
  /** Notes a use; the flow tells from then on of changes of its breakers. */
  use(to: Dependency<unknown>): void;
  /** The flow has stopped: it tells of nothing more. */
  close(): void;
}

/** The parts of one running flow that its workers share. Holds no behaviour of its own. */
export interface FlowCore {
  readonly plan: FlowPlan;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: FlowLog;
  readonly correlation: () => CorrelationScope | undefined;
  /** Follows messages from hop to hop; undefined while nobody traces. Another one counts for runs that begin then. */
  tracer: FlowTracer | undefined;
  readonly wheel: TimerWheel;
  readonly runQueue: RunQueue;
  /** The time of events. */
  readonly time: TurnClock;
  readonly traces: TraceRegistry;
  readonly egress: Egress;
  readonly deadlines: DeadlineWatch;
  readonly playbooks: PlaybookRunner;
  readonly dependencies: DependencyUses;
  /** Ends what is left of a run that has failed. */
  endRest: (run: TraceRecord, failure: FlowError) => void;
  /** True while `stop({ drainS })` waits for the work to finish. */
  draining: boolean;
  /** A node has finished a message, or one was dropped; asked for only while draining. */
  onFreed: () => void;
  /** The synchronous part of a `process` held the event loop for so many milliseconds, which is said. */
  onBlocked: (ms: number) => void;
  /** The last interrupted attempt of a node has returned. */
  onLateSettled: () => void;
}
