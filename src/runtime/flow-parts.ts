import type { FlowSubscription } from '../events/flow-listener.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Clock } from '../ports/clock.js';
import type { CorrelationScope, FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { FlowNode } from '../ports/flow-node.js';
import type { PartShape } from './border/arrival.js';
import type { NodeCall } from './attempt/node-call.js';
import type { FlowRecorder } from './flow-recorder.js';
import type { PenguiFlow } from './penguiflow.js';

/** Something with lifecycle hooks: a node, a middleware or an interceptor. */
export interface LifecycleParticipant {
  readonly name: string;
  onFlowStart?(): void | Promise<void>;
  onFlowStop?(): void | Promise<void>;
}

/** Time that is shared by what is told to end. */
interface EndTime {
  /** Whether something is done while there is time. */
  holds(running: Promise<unknown>): Promise<boolean>;
}

/** A recording that begins while the flow exists already. */
export interface LateRecording {
  /** Gives it the handle. */
  opened(handle: PenguiFlow): void;
  /** Has the flow wait for it when it stops. */
  readonly subscription: FlowSubscription;
  /** Its tracer, beside the one that there is. */
  beside(tracer: FlowTracer | undefined): FlowTracer;
  /** Ends it, unless the flow has ended before. */
  close(): void;
}

/** What the assembly hands to the runtime: the plan and everything that was resolved for it. */
export interface FlowParts {
  readonly plan: FlowPlan;
  /** Which part of it runs here; undefined: all of it. */
  readonly part: PartShape | undefined;
  /** One instance per plan node, by node name. */
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** How each node is invoked, by node name: with its validation and interceptors around it. */
  readonly calls: ReadonlyMap<string, NodeCall>;
  /** Event subscriptions of the middlewares, in declaration order. */
  readonly subscriptions: readonly FlowSubscription[];
  /** Middlewares and interceptors with `onFlowStart`/`onFlowStop`; they start before the nodes and stop after them. */
  readonly middlewares: readonly LifecycleParticipant[];
  readonly clock: Clock;
  readonly log: FlowLog;
  /** The async context to enter per attempt; asked once per attempt, undefined while nobody needs one. */
  readonly correlation: () => CorrelationScope | undefined;
  /** Follows messages from hop to hop, if somebody bound one. */
  readonly tracer?: FlowTracer | undefined;
  /** Begins another recording; undefined for the recorder that the flow was made with. */
  readonly record: (recorder: FlowRecorder) => LateRecording | undefined;
  /** Releases what the assembly built while there is time; the names of the services that take longer. */
  readonly dispose: (time?: EndTime) => Promise<readonly string[]>;
}
