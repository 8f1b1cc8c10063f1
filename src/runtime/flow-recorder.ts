import type { FlowPlan } from '../graph/flow-plan.js';
import type { Clock } from '../ports/clock.js';
import type { FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { PenguiFlow } from './penguiflow.js';

/** A flow that is to be recorded. */
export interface RecordedFlow {
  readonly plan: FlowPlan;
  readonly clock: Clock;
  readonly log: FlowLog;
}

/** What records one flow. */
export interface FlowRecording {
  /** Follows its runs. */
  readonly tracer: FlowTracer;
  /** Its handle is there. */
  opened(handle: PenguiFlow): void;
  /**
   * A message is not processed, because its deadline has passed: the tracer hears nothing of it, as there is no attempt. Left out = not wanted.
   *
   * @param runId - the number of the run, as `TraceStart` has it
   * @param deadlineS - in seconds since the epoch
   */
  skipped?(runId: number, nodeName: string, deadlineS: number): void;
  /** Resolves when all that was recorded is where it goes; the flow waits for it when it stops. */
  flush(): Promise<void>;
  /** The flow was never handed out, or has stopped. */
  closed(): void;
}

/** Keeps what flows do; `FlowHistory` of `penguiflow/store` is one. */
export interface FlowRecorder {
  record(flow: RecordedFlow): FlowRecording;
  /** Lets go of where it keeps it, once all flows have stopped. Left out = there is nothing to let go of. */
  close?(): Promise<void>;
}
