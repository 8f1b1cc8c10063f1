import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener } from '../events/flow-listener.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Message } from '../message/message.js';
import type { StreamChunk } from '../message/stream-chunk.js';
import type { CollectedResults } from './egress/collected-results.js';
import type { FlowResult } from './egress/flow-result.js';
import type { CancelOptions, EmitOptions } from './emit-options.js';
import type { FlowState } from './flow-snapshot.js';
import type { ListenerHandle } from './penguiflow.js';
import type { StopOptions, StopResult } from './stop-options.js';

/** What `emit` of a client resolves with. */
export interface EmitReceipt {
  readonly traceId: string;
  /** What the run is known by in all processes: `result(rootId)` asks for what came of it. */
  readonly rootId: string;
  /** Its `id` was accepted before: nothing begins. */
  readonly duplicate: boolean;
}

/** How a payload enters a flow, wherever the flow runs. */
export type PortOptions = Omit<EmitOptions, 'join' | 'scoped'>;

/** How the results of a run are collected, wherever the flow runs. */
export interface PortCollectOptions extends PortOptions {
  /**
   * Gathers the failures of messages as well, and lets the rest of the run go on. Otherwise the first failure is that of all.
   * @defaultValue false
   */
  readonly settle?: boolean;
}

/** In a stream: what sent the chunks has died, and sends them anew from the first one. */
export interface StreamRestart {
  readonly restarted: true;
  readonly streamId: string;
}

/** What `stream()` of a {@link FlowPort} returns: a `FlowStream`, in which a restart may stand where the flow runs in other processes. */
export interface PortStream<out Out> extends AsyncIterator<StreamChunk | StreamRestart | Out, Out | undefined> {
  /** The trace, to find its lines and events. */
  readonly traceId: string;
  /** The final value, also for a `for await` loop, which cannot see it. @throws FlowError the failure of the run */
  readonly result: Promise<Out | undefined>;
  [Symbol.asyncIterator](): this;
  /** The next piece. @throws FlowError the failure of the run */
  next(): Promise<IteratorResult<StreamChunk | StreamRestart | Out, Out | undefined>>;
  /** Leaves the stream: its run is cancelled, and `value` is its final value. */
  return(value?: Out | PromiseLike<Out>): Promise<IteratorResult<StreamChunk | StreamRestart | Out, Out | undefined>>;
}

/** Whether a way into a flow can be used, wherever the flow runs. */
export interface PortHealth {
  /** Whether new work may be sent. */
  readonly ready: boolean;
  readonly state: FlowState;
}

/**
 * A way into a flow, wherever it runs: the handle that `createFlow` makes is one, and so is the client that `connectFlow` of
 * `penguiflow/distributed` makes. Code that takes this runs with either.
 *
 * @typeParam In - the payload that enters
 * @typeParam Out - the payload that leaves
 * @example
 * ```ts
 * class OrdersController {
 *   constructor(private readonly orders: FlowPort<Order, Receipt>) {}
 *
 *   place(order: Order): Promise<Receipt> {
 *     return this.orders.call(order, { timeoutS: 10 });
 *   }
 * }
 * ```
 */
export interface FlowPort<in In = never, out Out = unknown> extends AsyncDisposable {
  readonly name: string;
  readonly plan: FlowPlan;
  readonly state: FlowState;

  /** Sends a payload (or a whole `Message`) in. Resolves with its trace id, or with a receipt, when it was taken. */
  emit(payload: In | Message<In>, options?: PortOptions): Promise<string | EmitReceipt>;

  /** Sends a payload in and waits for the first result. */
  call(payload: In | Message<In>, options?: PortOptions): Promise<Out>;

  /** Sends a payload in and waits for all results. */
  collect(
    payload: In | Message<In>,
    options: PortCollectOptions & { readonly settle: true },
  ): Promise<CollectedResults<Out>>;
  collect(payload: In | Message<In>, options?: PortCollectOptions & { readonly settle?: false }): Promise<Out[]>;

  /** Sends a payload in and hands out its run piece by piece. */
  stream(payload: In | Message<In>, options?: PortOptions): PortStream<Out>;

  /** What comes of emits from now on, failures among it. A client tells of its own emits alone, and keeps in memory what is not read; the handle holds up the flow. */
  results(): AsyncIterableIterator<FlowResult<Out>>;

  /** Cancels what is under way of a trace; where the flow runs in other processes it is a promise, until the engine has it. */
  cancel(traceId: string, options?: CancelOptions): boolean | Promise<void>;

  /** Calls a listener for events: those of a client are of what it has begun. */
  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle;

  /** Attaches a middleware. */
  use(middleware: MiddlewareRef): ListenerHandle;

  /** Whether it can be used, for a readiness probe. */
  health(): PortHealth;

  /** Takes nothing new, waits for `drainS`, and ends. Of a client the work elsewhere goes on. */
  stop(options?: StopOptions): Promise<StopResult>;
}
