import type {
  CancelOptions,
  CollectedResults,
  EmitReceipt,
  FlowEventType,
  FlowListener,
  FlowPort,
  FlowState,
  ListenerHandle,
  Message,
  MiddlewareRef,
  PortCollectOptions,
  PortOptions,
  PortStream,
  StopOptions,
  StopResult,
} from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import type { QueueLag } from '../carrier/queue-lag.js';
import type { ClientResult } from './client-results.js';
import type { ClientDeadLetters } from './dead-letter-desk.js';
import type { QueuedResult } from './queued-results.js';
import type { ResultOptions } from './result-lookup.js';

/** Whether a client can be used. A plain object, ready for JSON. */
export interface ClientHealth {
  /** It runs, and its engine takes messages. */
  readonly ready: boolean;
  readonly state: FlowState;
  readonly carrier: CarrierState;
}

/**
 * A way into a flow that runs in other processes, made by {@link connectFlow}: it sends work there through the carrier, and hears what comes of it.
 *
 * Work is done at least once. What the engine has acknowledged is not lost when processes die, this one included.
 *
 * @typeParam In - the payload that enters
 * @typeParam Out - the payload that leaves
 */
export interface FlowClient<in In = never, out Out = unknown> extends FlowPort<In, Out> {
  /** What its roots begin with. */
  readonly clientId: string;
  readonly state: FlowState;

  /**
   * Sends a payload (or a whole `Message`). Resolves when the engine has acknowledged it: from then on it survives the death of any process. While the
   * queue is full it waits.
   *
   * With `id`, the producer's own, it is accepted once: of a second one within `dedupeS` of the carrier (120 s by default) nothing begins, and `duplicate` of the receipt says so.
   *
   * @throws FlowError `FLOW_STOPPED`, `INVALID_OPTION`, `INVALID_MESSAGE`, `UNKNOWN_TARGET`, `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE`, and while it waits
   * `TRACE_CANCELLED`, `DEADLINE_EXCEEDED`, `ABORTED`, `CARRIER_CLOSED`
   * @example
   * ```ts
   * const { rootId } = await client.emit(doc, { id: 'upload-17' });
   * const scored = await client.result(rootId, { timeoutS: 60 });
   * ```
   */
  emit(payload: In | Message<In>, options?: PortOptions): Promise<EmitReceipt>;

  /**
   * Sends a payload and waits for the first result. Work that goes on elsewhere is cancelled when the signal aborts, when `timeoutS` is over, and
   * when a message of it fails.
   *
   * @throws FlowError the failure as it was elsewhere, `NO_RESULT` when nothing is left that could give one, `RESULTS_QUEUED`, and what `emit` throws
   */
  call(payload: In | Message<In>, options?: PortOptions): Promise<Out>;

  /**
   * Sends a payload and waits for all results, in the order in which they arrive.
   * @throws FlowError as `call`, but for `NO_RESULT`
   */
  collect(
    payload: In | Message<In>,
    options: PortCollectOptions & { readonly settle: true },
  ): Promise<CollectedResults<Out>>;
  collect(payload: In | Message<In>, options?: PortCollectOptions & { readonly settle?: false }): Promise<Out[]>;

  /**
   * Sends a payload and hands out its run piece by piece. A slow reader holds up the nodes that send chunks. Where a process that sent some has died
   * and another one sends them anew, `{ restarted: true }` stands between. Leaving the loop cancels the run.
   *
   * @throws FlowError in `next()`, as `call`, but for `NO_RESULT`; `READER_STALLED`
   */
  stream(payload: In | Message<In>, options?: PortOptions): PortStream<Out>;

  /**
   * The first result of a root, or its failure, whichever process began it; kept for `keepS` of the carrier (300 s by default). Waits where there is none yet.
   *
   * @param rootId - of the receipt of `emit`
   * @throws FlowError the failure of the run; `FETCH_TIMEOUT` when there was none in time, or it is gone; `ABORTED`, `FLOW_STOPPED`, `INVALID_OPTION`
   */
  result(rootId: string, options?: ResultOptions): Promise<Out>;

  /**
   * What comes of the emits of this client, failures among it, until it stops; never throws. Open from this call on. What is not read is
   * kept in memory.
   *
   * @example
   * ```ts
   * for await (const { rootId, value, error } of client.results()) console.log(rootId, error?.code ?? value);
   * ```
   */
  results(): AsyncIterableIterator<ClientResult<Out>>;

  /**
   * Cancels what is under way of a trace, whichever process began it; resolves when the engine has it, and every worker hears of it. Those of this client
   * reject at once.
   *
   * @throws FlowError `INVALID_OPTION`, `FLOW_STOPPED`, `CARRIER_CLOSED`; `TENANT_REQUIRED` when no tenant is named and this client has runs of that trace id of others alone
   */
  cancel(traceId: string, options?: CancelOptions): Promise<void>;

  /** Cancels what is under way of one root. @throws FlowError `INVALID_OPTION`, `FLOW_STOPPED`, `CARRIER_CLOSED` */
  cancelRoot(rootId: string): Promise<void>;

  /**
   * The queue of results of a flow with `results: 'queue'`: whoever reads it, in any process, gets each result and each failure of an emit until it is
   * acknowledged. Leaving the loop gives back what nobody has seen.
   *
   * @throws FlowError `INVALID_OPTION` where the flow has no such queue
   * @example
   * ```ts
   * for await (const { traceId, value, error, ack } of client.queuedResults()) {
   *   await save(traceId, error ?? value);
   *   await ack();
   * }
   * ```
   */
  queuedResults(): AsyncIterableIterator<QueuedResult<Out>>;

  /** What waits in the queues of the flow. */
  lag(): Promise<readonly QueueLag[]>;

  /** What failed for good: to look at, to send once more, to throw away. */
  readonly deadLetters: ClientDeadLetters;

  /** Calls a listener for events of this client: `trace_start` and `trace_end` of what it began. */
  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle;

  /** Attaches a middleware. @throws FlowError `MIDDLEWARE_NOT_DECORATED` */
  use(middleware: MiddlewareRef): ListenerHandle;

  /** Whether it can be used, for a readiness probe. */
  health(): ClientHealth;

  /**
   * Refuses new work, waits for those who wait for an answer for `drainS`, rejects the rest with `FLOW_STOPPED`, and closes its session. Work elsewhere goes on.
   * Calling it again gives the same promise.
   */
  stop(options?: StopOptions): Promise<StopResult>;
}
