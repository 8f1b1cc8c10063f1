import { randomUUID } from 'node:crypto';
import { FlowError } from '../../index.js';
import type {
  CancelOptions,
  CollectedResults,
  EmitReceipt,
  FlowEventType,
  FlowListener,
  FlowPart,
  FlowPlan,
  FlowState,
  ListenerHandle,
  MiddlewareRef,
  PortCollectOptions,
  PortOptions,
  PortStream,
  RootRequest,
  StopOptions,
  StopResult,
} from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { lagOf, type QueueLag } from '../carrier/queue-lag.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import { invalidOption } from '../option-check.js';
import type { DistributedPlan } from '../plan/distributed-plan.js';
import type { SkewWatch } from '../skew-watch.js';
import { CANCEL_TTL_S, cancelKey, type CancelBody, type CancelTarget } from '../protocol/cancel.js';
import { CallSink } from './call-sink.js';
import { ClientResults, type ClientResult } from './client-results.js';
import { CollectSink } from './collect-sink.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { EmitSink } from './emit-sink.js';
import type { ClientHealth, FlowClient } from './flow-client.js';
import { lookUpResult, type ResultOptions } from './result-lookup.js';
import { QueuedResults, type QueuedResult } from './queued-results.js';
import { LiveRoots } from './live-roots.js';
import { Outbox } from './outbox.js';
import { newRootId } from './root-id.js';
import { ReaderSink } from './reader-sink.js';

/** What a client is made of. */
export interface ClientParts {
  readonly clientId: string;
  readonly part: FlowPart;
  readonly plan: DistributedPlan;
  readonly session: CarrierSession;
  readonly codec: PayloadCodec;
  readonly skew: SkewWatch;
  readonly carrierState: () => CarrierState;
}

/** What the engine may take to acknowledge the last words of a client. */
const CLOSE_MS = 1_000;

/** The client of a flow that runs elsewhere. */
export class CarrierClient<In, Out> implements FlowClient<In, Out> {
  readonly clientId: string;
  readonly deadLetters: DeadLetterDesk;
  readonly #parts: ClientParts;
  readonly #roots: LiveRoots;
  readonly #results: ClientResults;
  readonly #waits = new Set<(error: FlowError) => void>();
  #stopped: Promise<StopResult> | undefined;

  constructor(parts: ClientParts) {
    const { part, session, codec, plan, clientId } = parts;
    const { clock } = part;
    this.#parts = parts;
    this.clientId = clientId;
    this.#results = new ClientResults(codec);
    const outbox = new Outbox(session, clock, (queue, waitedMs) => this.#tellBackpressure(queue, waitedMs));
    const queues = plan.carrier.queues.map(({ queue }) => queue);
    this.deadLetters = new DeadLetterDesk({ session, clock, codec, outbox, flow: plan.flow, queues });
    this.#roots = new LiveRoots(parts, outbox, (root, reason) => {
      // Whoever asked has gone on; when the engine does not have it, the work goes on as well.
      this.#cancel({ root }, reason, 'cancel').catch(() => {});
    });
  }

  get name(): string {
    return this.#parts.part.name;
  }

  get plan(): FlowPlan {
    return this.#parts.part.plan;
  }

  get state(): FlowState {
    const { state } = this.#parts.part;
    return this.#stopped !== undefined && state === 'running' ? 'draining' : state;
  }

  async emit(input: unknown, options?: PortOptions): Promise<EmitReceipt> {
    const request = this.#request('emit', input, options);
    const rootId = newRootId(this.clientId);
    const sink = new EmitSink({ traceId: request.traceId, rootId }, this.#results);
    this.#roots.begin(rootId, request, sink);
    return sink.receipt;
  }

  async call(input: unknown, options?: PortOptions): Promise<Out> {
    const request = this.#request('call', input, options);
    const sink = new CallSink<Out>(this.#parts.codec, request.traceId);
    this.#roots.begin(newRootId(this.clientId), request, sink);
    return sink.answer;
  }

  collect(input: unknown, options: PortCollectOptions & { readonly settle: true }): Promise<CollectedResults<Out>>;
  collect(input: unknown, options?: PortCollectOptions): Promise<Out[]>;
  async collect(input: unknown, options: PortCollectOptions = {}): Promise<Out[] | CollectedResults<Out>> {
    const given: unknown = options;
    const owner = `collect() of flow "${this.name}"`;
    if (typeof given !== 'object' || given === null) throw invalidOption('options', owner, 'a plain object', given);
    const { settle = false, ...rest } = options;
    if (typeof settle !== 'boolean') throw invalidOption('settle', owner, 'true or false', settle);
    const request = this.#request('collect', input, rest);
    const sink = new CollectSink<Out>(this.#parts.codec, settle);
    this.#roots.begin(newRootId(this.clientId), request, sink);
    const all = await sink.all;
    return settle ? all : [...all.results];
  }

  stream(input: unknown, options?: PortOptions): PortStream<Out> {
    const { session, codec, part } = this.#parts;
    const request = this.#request('stream', input, options);
    const { traceId } = request;
    const root = newRootId(this.clientId);
    const sink = new ReaderSink<Out>(
      { session, codec, clock: part.clock, root },
      {
        traceId,
        chunkStallS: part.plan.chunkStallS,
        left: () => this.#roots.cancel(root, 'its stream was left'),
        stalled: (error) => this.#roots.cancel(root, error),
      },
    );
    try {
      this.#roots.begin(root, request, sink);
    } catch (error) {
      sink.fails(error as FlowError);
      throw error;
    }
    return sink.stream;
  }

  async result(rootId: string, options?: ResultOptions): Promise<Out> {
    this.#mustRun();
    const { session, codec, part } = this.#parts;
    const shelf = { session, codec, clock: part.clock, flow: this.name, waits: this.#waits };
    return (await lookUpResult(shelf, rootId, options)) as Out;
  }

  results(): AsyncIterableIterator<ClientResult<Out>> {
    return this.#results.open() as AsyncIterableIterator<ClientResult<Out>>;
  }

  async cancel(traceId: string, options?: CancelOptions): Promise<void> {
    this.#mustRun();
    this.#parts.part.cancel(traceId, options);
    const tenant = options?.tenant ?? 'default';
    // One that comes later ends what has begun since.
    await this.#cancel({ traceId, tenant }, 'cancel() was called', randomUUID());
  }

  async cancelRoot(rootId: string): Promise<void> {
    this.#mustRun();
    const given: unknown = rootId;
    if (typeof given !== 'string' || given === '') {
      throw invalidOption('rootId', `cancelRoot() of flow "${this.name}"`, 'a non-empty string', given);
    }
    const reason = 'cancelRoot() was called';
    const recorded = this.#cancel({ root: rootId }, reason, 'cancel');
    this.#roots.cancel(rootId, reason);
    await recorded;
  }

  queuedResults(): AsyncIterableIterator<QueuedResult<Out>> {
    const { plan, session, codec } = this.#parts;
    if (plan.results === 'queue') return new QueuedResults<Out>(session, codec);
    throw new FlowError('INVALID_OPTION', {
      message: `Flow "${this.name}" has no queue of results`,
      hint: "Say `results: 'queue'` in its `@Distributed`; or read `results()`.",
      metadata: { option: 'results', owner: `@Distributed of flow "${this.name}"` },
    });
  }

  lag(): Promise<readonly QueueLag[]> {
    return lagOf(this.#parts.session);
  }

  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle {
    return this.#parts.part.on(eventType, listener);
  }

  use(middleware: MiddlewareRef): ListenerHandle {
    return this.#parts.part.use(middleware);
  }

  health(): ClientHealth {
    const carrier = this.#parts.carrierState();
    const { state } = this;
    return { ready: state === 'running' && carrier.state === 'up', state, carrier };
  }

  stop(options: StopOptions = {}): Promise<StopResult> {
    const drainS: unknown = options.drainS;
    if (drainS !== undefined && !(typeof drainS === 'number' && drainS >= 0)) {
      return Promise.reject(invalidOption('drainS', `stop() of the client of flow "${this.name}"`, '>= 0', drainS));
    }
    return (this.#stopped ??= this.#stop(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop({ drainS = 0, ...rest }: StopOptions): Promise<StopResult> {
    const { part, session, skew } = this.#parts;
    skew.stop();
    await this.#roots.drained(drainS);
    this.#roots.leaveUnawaited();
    const error = this.#stoppedError();
    for (const fail of [...this.#waits]) fail(error);
    const stopped = await part.stop({ ...rest, drainS: 0 });
    this.#roots.close();
    this.#results.close();
    await session.close(CLOSE_MS);
    return stopped;
  }

  #request(kind: RootRequest['kind'], input: unknown, options: PortOptions | undefined): RootRequest {
    this.#mustRun();
    const { part, plan } = this.#parts;
    if (kind !== 'emit' && plan.results !== 'reply') {
      throw new FlowError('RESULTS_QUEUED', {
        message: `${kind}() of flow "${this.name}" would wait for ever: its @Distributed says \`results: '${plan.results}'\``,
        metadata: { results: plan.results },
      });
    }
    return part.request({ kind, input, options });
  }

  #mustRun(): void {
    if (this.#stopped !== undefined) throw this.#stoppedError();
  }

  #stoppedError(): FlowError {
    return new FlowError('FLOW_STOPPED', {
      message: `The client of flow "${this.name}" is stopping or has stopped`,
      hint: 'Connect once more with `connectFlow(…)`.',
    });
  }

  #cancel(target: CancelTarget, reason: string, id: string): Promise<void> {
    const body: CancelBody = { reason };
    return this.#parts.session.record('cancels', cancelKey(target), id, JSON.stringify(body), CANCEL_TTL_S);
  }

  #tellBackpressure(queue: string, waitedMs: number): void {
    const { part, plan } = this.#parts;
    const entry = plan.entries.find(({ queues }) => queues.includes(queue));
    const extra = { waited_ms: waitedMs, source: 'OpenSea', queue };
    part.publish({ eventType: 'flow_backpressure', nodeName: entry?.node ?? null, traceId: null, tenant: null, extra });
  }
}
