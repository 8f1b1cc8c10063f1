import type { EventBus } from '../events/event-bus.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { TimerWheel } from '../policy/timer-wheel.js';
import type { Clock } from '../ports/clock.js';
import type { CorrelationScope, FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { DeadlineWatch } from './deadline-watch.js';
import type { Rookery } from './rookery.js';
import type { RunQueue } from './run-queue.js';
import type { TraceRegistry } from './trace-registry.js';

/** The parts of one running flow that its workers share. Holds no behaviour of its own. */
export interface FlowCore {
  readonly plan: FlowPlan;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: FlowLog;
  readonly correlation: () => CorrelationScope | undefined;
  /** Follows messages from hop to hop; undefined while nobody traces. */
  readonly tracer: FlowTracer | undefined;
  readonly wheel: TimerWheel;
  readonly runQueue: RunQueue;
  readonly traces: TraceRegistry;
  readonly rookery: Rookery;
  readonly deadlines: DeadlineWatch;
  /** True while `stop({ drainS })` waits for the work to finish. */
  draining: boolean;
  /** A node has finished a message; asked for only while draining. */
  onFreed: () => void;
  /** The last interrupted attempt of a node has returned. */
  onLateSettled: () => void;
}
