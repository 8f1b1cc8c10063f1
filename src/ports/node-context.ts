import type { MessageHeaders } from '../message/headers.js';
import type { Message } from '../message/message.js';
import type { StreamChunk } from '../message/stream-chunk.js';
import type { Dependency } from './dependency.js';
import type { FlowClass } from './flow-class.js';
import type { NodeLogger } from './flow-log.js';
import type { NodeClass } from './flow-node.js';

/** Successors, by class or by name. */
export type NodeRef = NodeClass | string;

/** Options of {@link NodeContext.emit}. */
export interface NodeEmitOptions {
  /** Successors that get the payload. @defaultValue as the graph routes it */
  readonly to?: NodeRef | readonly NodeRef[];
  /**
   * What the node knows the payload by: stands in its {@link NodeContext.idempotencyKey} for the order of the emits, and is needed where
   * that may change from one attempt to the next (concurrent emits).
   */
  readonly key?: string;
}

/** Options of {@link NodeContext.emitChunk}. */
export interface ChunkOptions {
  /** Which stream the chunk belongs to. @defaultValue the trace id; runs that share one number their chunks apart */
  readonly streamId?: string;
  /** Whether it is the last one; the next chunk of that stream counts from 0 again. @defaultValue false */
  readonly done?: boolean;
  /** Facts about this chunk alone. @defaultValue `{}` */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Successors that get it instead of the run's consumer. */
  readonly to?: NodeRef | readonly NodeRef[];
}

/** Options of {@link NodeContext.call}. */
export interface CallOptions {
  /** Time for the playbook, in seconds; the message's own deadline holds as well. @defaultValue none */
  readonly timeoutS?: number;
}

/** A flow class as {@link NodeContext.call} takes it: what it takes and delivers is inferred from its graph. */
export type PlaybookClass<In, Out> = FlowClass<In, Out>;

/**
 * What a node knows of the message it works on. One per attempt.
 *
 * @typeParam I - the payload that arrives, for `message`; where `input` of `@Node` makes something else of it, that is not what `process` takes
 * @example
 * ```ts
 * process(order: Order, ctx: NodeContext<Order>): Message<Order> {
 *   return ctx.message.with({ headers: { topic: order.sku } });
 * }
 * ```
 */
export interface NodeContext<out I = unknown> {
  /** The envelope with the payload, as it arrived. */
  readonly message: Message<I>;
  readonly traceId: string;
  readonly headers: MessageHeaders;
  readonly tenant: string;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Counts from 0. */
  readonly attempt: number;
  /** Name of the node the message came from; `OpenSea` (the ingress) when it came from outside. */
  readonly source: string;
  /**
   * Numbers the messages that reach this node, from 0; all attempts of one message have the same. With the flow's name
   * and the node's it makes an idempotency key: a node that keeps state between messages tells a retry from a message that
   * merely looks alike.
   */
  readonly delivery: number;
  /**
   * What this work is known by wherever it is done twice: for a payment, an insert, a message to others. The same in every attempt and
   * every replay of this message; another for every other message, and for every other node but the first ones. It comes from the `id`
   * that `emit` was given (a message from outside has that very id), the nodes that the message has passed, and the place or the `key`
   * of each emit on the way. Computed when read.
   *
   * @throws FlowError `IDEMPOTENCY_KEY_UNKNOWN` in a run without `id` that nobody follows (no history, no tracer)
   * @example
   * ```ts
   * await this.bank.charge(order, { idempotencyKey: ctx.idempotencyKey });
   * ```
   */
  readonly idempotencyKey: string;
  /**
   * Whether the message was handed out before, here or to another process, and is not known to have been worked on to its end: true only
   * under a carrier (`penguiflow/distributed`), after a process was killed or lost its lease.
   */
  readonly redelivered: boolean;
  /** The node's name in the graph. */
  readonly nodeName: string;
  readonly flowName: string;
  /** Aborts when the attempt times out, its trace is cancelled, its deadline passes or the flow stops. */
  readonly signal: AbortSignal;
  /** Lines carry `trace_id`, `flow_name`, `node_name`, `node_id`, `tenant` and `attempt` by themselves. */
  readonly logger: NodeLogger;
  /** Milliseconds until the attempt's timeout or the deadline, whichever is first; Infinity without either. */
  readonly remainingMs: number;
  /**
   * Sends a payload downstream while `process` runs; resolves when there was room.
   * @throws FlowError `ATTEMPT_ENDED`, `TRACE_CANCELLED`, `UNKNOWN_TARGET`, `UNROUTED_MESSAGE`, `TRACE_MISMATCH`
   */
  emit(payload: unknown, options?: NodeEmitOptions): Promise<void>;
  /**
   * Streams a piece of text to whoever consumes the run (`flow.stream`, or the egress), or to the successors that `to`
   * names; resolves when there was room. Chunks of one stream of the run are numbered from 0 in the order of the calls.
   *
   * @returns the chunk as it was sent
   * @throws FlowError `ATTEMPT_ENDED`, `TRACE_CANCELLED`, `UNKNOWN_TARGET`
   */
  emitChunk(text: string, options?: ChunkOptions): Promise<StreamChunk>;
  /**
   * Runs a playbook (another flow) on a payload and returns its first result. It has the same trace id, tenant, meta and
   * deadline, ends when this attempt ends, sees the services of this flow's container, and is observed by this flow's
   * middlewares. The playbook's flow is started once and serves all calls, those of one trace side by side.
   *
   * @throws FlowError the playbook's failure, `DEADLINE_EXCEEDED`, `NO_RESULT`, `ATTEMPT_ENDED`
   * @example
   * ```ts
   * const summary = await ctx.call(Summarise, document, { timeoutS: 20 });
   * ```
   */
  call<In, Out>(flowClass: PlaybookClass<In, Out>, payload: NoInfer<In>, options?: CallOptions): Promise<Out>;
  /**
   * Calls something outside through its policy, within its `timeoutS`, and tells of it: one event, one measurement and one client span
   * for the call with all its tries. The function gets a signal that aborts when the attempt is interrupted or over, when the try has
   * taken `timeoutS`, and when the policy says so; what it does after that reaches nobody.
   *
   * @param to - made by `dependency()`
   * @param run - what calls it, once per try; may be synchronous. Read the whole answer in it, the body of a response too
   * @returns what the function gave, or a fallback of the policy
   * @throws what the function threw; FlowError `DEPENDENCY_TIMEOUT`, `DEPENDENCY_REJECTED` (the function was never called),
   *   `ATTEMPT_ENDED`, `INVALID_OPTION`
   * @example
   * ```ts
   * const receipt = await ctx.through(BANK, (signal) => this.bank.charge(order, { signal }));
   * ```
   */
  through<T, Alt = never>(to: Dependency<Alt>, run: (signal: AbortSignal) => PromiseLike<T> | T): Promise<T | Alt>;
  /**
   * Waits on the flow's clock; ends early, with an error, when the attempt does.
   *
   * @param delayS - how long, in seconds
   * @throws FlowError `ATTEMPT_ENDED`
   */
  sleep(delayS: number): Promise<void>;
  /**
   * Keeps the run active after this attempt, for a node that keeps the message for later (a join, a batch): until the
   * returned function is called, the run is cancelled, the message's deadline passes or the flow stops. A run that a `call`
   * or `stream` began is not kept: nobody adds to it, so a message that waits for others when nothing else is left would
   * leave the caller waiting for ever.
   *
   * @returns lets go; calling it twice is fine
   */
  holdTrace(): () => void;
  /**
   * Has a function called once when the run is over on this flow, however it ended: with its last message, by
   * cancellation, by its deadline or by `stop()`. For nodes that keep something per run; other runs may bear the
   * same trace id at the same time.
   *
   * @example
   * ```ts
   * const lease = await this.leases.take(ctx.tenant);
   * ctx.onTraceEnd(() => lease.release());
   * ```
   */
  onTraceEnd(callback: () => void): void;
  /**
   * Gives the run a label by which people find it, or another value for one it has; tracers get it. At most 8 per run, names and
   * values of 1 to 128 characters. A run that is over keeps those that it had.
   *
   * @throws FlowError `INVALID_OPTION`
   * @example
   * ```ts
   * ctx.label('order', order.id);
   * ```
   */
  label(name: string, value: string): void;
}
