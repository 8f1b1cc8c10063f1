import type { FlowError } from '../../errors/flow-error.js';
import type { MessageHeaders } from '../../message/headers.js';
import type { Message } from '../../message/message.js';
import type { Dependency } from '../../ports/dependency.js';
import type { LogFields, NodeLogger } from '../../ports/flow-log.js';
import type { AttemptSpan } from '../../ports/flow-tracer.js';
import {
  ABOUT_OF,
  BEGIN_WAIT,
  type TimedWait,
  type WaitRequest,
  type WaitSource,
} from '../../trace-local/timed-wait.js';
import {
  DESCENDS_FROM,
  ENVELOPE_FOR,
  ENVELOPE_OF,
  KEEPER_OF,
  ORIGIN_OF,
  type EnvelopeSource,
  type KeeperNode,
} from '../../trace-local/trace-local.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import type {
  ChunkOptions,
  NodeEmitOptions,
  NodeContext,
  PlaybookClass,
  CallOptions,
} from '../../ports/node-context.js';
import { handled, handledOnFailure } from './handled.js';
import { sleep } from './attempt-sleep.js';
import { LazyAttemptState } from './lazy-attempt-state.js';
import { ContextLogger } from './context-logger.js';
import { requireBoundContext } from './require-bound-context.js';
import type { Envelope, Parcel } from '../trace/envelope.js';
import { keyOf } from '../trace/key-of.js';
import { originAt } from '../trace/origin.js';
import { aboutOfParcel, madeOf } from '../trace/own-parcel.js';
import { attemptEnded } from './attempt-ended.js';
import type { AttemptHost } from './attempt-host.js';
import { TracedAttempt } from './traced-attempt.js';
import { callThrough } from '../dependency/call-through.js';
import { holdTrace } from '../core/trace-holds.js';
import { addLabel } from '../core/run-labels.js';
import { onTraceEnd } from '../core/trace-end.js';

/** What the context of one attempt is for the node that runs it. */
export class AttemptContext implements NodeContext, EnvelopeSource, WaitSource {
  readonly attempt: number;
  readonly delivery: number;
  /** Which of the node's inputs the message came through. */
  readonly #input: number;
  readonly #host: AttemptHost;
  #parcel: Parcel;
  #traced: TracedAttempt | undefined;
  #over = false;
  #lazy: LazyAttemptState | undefined;

  /**
   * @param input - through which of the node's inputs the message came
   * @param delivery - its arrival number; the same for all attempts
   */
  constructor(host: AttemptHost, parcel: Parcel, attempt: number, input: number, delivery: number) {
    this.#host = host;
    this.#parcel = parcel;
    this.attempt = attempt;
    this.#input = input;
    this.delivery = delivery;
  }

  get source(): string {
    return this.#host.sourceOf(this.#input);
  }

  get message(): Message {
    return this.#parcel.message;
  }

  get traceId(): string {
    return this.#parcel.envelope.trace.id;
  }

  get headers(): MessageHeaders {
    return this.#parcel.envelope.headers;
  }

  get tenant(): string {
    return this.#parcel.envelope.headers.tenant;
  }

  get meta(): Readonly<Record<string, unknown>> {
    return this.#parcel.envelope.meta;
  }

  get idempotencyKey(): string {
    return keyOf(this.#parcel, this.#host);
  }

  get redelivered(): boolean {
    return this.#parcel.envelope.trace.reader?.isRedelivered === true;
  }

  get nodeName(): string {
    return this.#host.name;
  }

  get flowName(): string {
    return this.#host.core.plan.flowName;
  }

  get signal(): AbortSignal {
    return this.#lazyState().signal;
  }

  get logger(): NodeLogger {
    return (this.#lazyState().logger ??= new ContextLogger(this.#host.core.log, this.logFields()));
  }

  get remainingMs(): number {
    const untilDeadline = this.#parcel.envelope.deadline?.leftMs(this.#host.core.clock) ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(untilDeadline, this.#over ? 0 : this.#host.timeouts.leftMs(this)));
  }

  emit(payload: unknown, options?: NodeEmitOptions): Promise<void> {
    requireBoundContext(this, 'emit');
    return this.#host.emits.emit(this, payload, options);
  }

  emitChunk(text: string, options: ChunkOptions = {}): Promise<StreamChunk> {
    requireBoundContext(this, 'emitChunk');
    return this.#host.emits.emitChunk(this, text, options);
  }

  call<In, Out>(flowClass: PlaybookClass<In, Out>, payload: NoInfer<In>, options?: CallOptions): Promise<Out> {
    requireBoundContext(this, 'call');
    if (this.#over) return handled(Promise.reject<Out>(this.#ended('its call came too late')));
    const { signal } = this;
    const which = this.#lazyState().called++;
    const request = { from: this.#parcel, owner: this.#host.name, which, signal, flowClass, payload, options };
    return handledOnFailure(this.#host.core.playbooks.call(request) as Promise<Out>);
  }

  through<T, Alt = never>(to: Dependency<Alt>, run: (signal: AbortSignal) => PromiseLike<T> | T): Promise<T | Alt> {
    requireBoundContext(this, 'through');
    if (this.#over) return handled(Promise.reject<T>(this.#ended('its call of a dependency came too late')));
    const calls = (this.#lazyState().calls ??= new Set());
    const from = { host: this.#host, parcel: this.#parcel, attempt: this.attempt, span: this.#traced?.span, calls };
    return handledOnFailure(callThrough(from, to, run));
  }

  sleep(delayS: number): Promise<void> {
    requireBoundContext(this, 'sleep');
    if (this.#over) return handled(Promise.reject<void>(this.#ended('its sleep came too late')));
    return handled(sleep(this.#host, (this.#lazyState().sleeps ??= new Set()), delayS));
  }

  holdTrace(): () => void {
    return holdTrace(this.#host.core, this.#parcel.envelope);
  }

  onTraceEnd(callback: () => void): void {
    onTraceEnd(this.#host.core, this.#parcel.envelope.trace, callback, this.#host.name);
  }

  label(name: string, value: string): void {
    addLabel(this.#parcel.envelope.trace, name, value, `label() of node "${this.#host.name}"`);
  }

  get [ENVELOPE_OF](): Envelope {
    return this.#parcel.envelope;
  }

  get [KEEPER_OF](): KeeperNode {
    return this.#host.keeper;
  }

  [ORIGIN_OF](): object | undefined {
    return this.#host.joinsFrom && originAt(this.#host.joinsFrom, this.#parcel.envelope);
  }

  [DESCENDS_FROM](envelopes: readonly Envelope[]): void {
    this.#parcel = madeOf(this.#parcel, envelopes);
  }

  get [ABOUT_OF](): object | undefined {
    return aboutOfParcel(this.#parcel, this.#host.keeper);
  }

  [BEGIN_WAIT](request: WaitRequest): TimedWait {
    return this.#host.keeper.beginWait(request, this.#parcel, this.#input);
  }

  [ENVELOPE_FOR](node: object): Envelope | undefined {
    return this.#host.target === node ? this.#parcel.envelope : undefined;
  }

  /** The fields that every line of this attempt carries. */
  logFields(): LogFields {
    const { traceId: trace_id, flowName: flow_name, tenant, attempt } = this;
    const { name: node_name, id: node_id } = this.#host;
    return { ...this.#traced?.span?.logFields, trace_id, flow_name, node_name, node_id, tenant, attempt };
  }

  #ended(what?: string): FlowError {
    return attemptEnded(this.#host, this, this.#lazy?.reason, what);
  }

  #lazyState(): LazyAttemptState {
    return (this.#lazy ??= new LazyAttemptState());
  }

  #close(reason: FlowError | undefined): void {
    this.#traced?.span?.end(reason, this.#host.core.time.nowMs());
    const lazy = reason === undefined ? this.#lazy : this.#lazyState();
    if (lazy === undefined) return;
    const scope = reason === undefined ? undefined : this.#host.core.correlation();
    const close = (): void => lazy.close(reason, () => this.#ended());
    // Whatever listens to its signals would be in the scope of whoever ends the attempt.
    if (scope === undefined) close();
    else scope.run(this.logFields(), close);
  }

  /** @internal `end` of an attempt that has succeeded, and that nobody traces. */
  static endFast(context: AttemptContext): void {
    context.#over = true;
    if (context.#lazy !== undefined) context.#close(undefined);
  }

  /** @internal Closes the context: the attempt is over. With a reason it was interrupted, and its signal aborts. */
  static end(context: AttemptContext, reason?: FlowError): void {
    // An emit that waits for its turn goes with its message, also when `process` has returned.
    if (context.#over && reason !== undefined) context.#lazy?.endSequencedEmits(context.#ended());
    if (context.#over) return;
    context.#over = true;
    if (reason !== undefined || context.#lazy !== undefined || context.#traced !== undefined) context.#close(reason);
  }

  /** @internal Milliseconds the attempt spent waiting for room downstream. */
  static blockedMs(context: AttemptContext): number {
    return context.#lazy?.blockedMs ?? 0;
  }

  /** @internal Begins the span of an attempt of a traced message; `previous` is that of the attempt before. */
  static beginSpan(context: AttemptContext, previous: AttemptSpan | undefined): AttemptSpan | undefined {
    context.#traced = TracedAttempt.begin(context, context.#host, context.#parcel, previous);
    return context.#traced.span;
  }

  /** @internal While somebody traces. */
  static traced(context: AttemptContext): TracedAttempt | undefined {
    return context.#traced;
  }

  /**
   * @internal
   * @param what - what came after the end
   * @throws FlowError `ATTEMPT_ENDED`
   */
  static mustBeOpen(context: NodeContext, what: string): void {
    const attempt = context as AttemptContext;
    if (attempt.#over) throw attempt.#ended(what);
  }

  /** @internal */
  static isOpen(context: AttemptContext): boolean {
    return !context.#over;
  }

  /** @internal Which of the node's inputs the message came through. */
  static input(context: AttemptContext): number {
    return context.#input;
  }

  /** @internal What most attempts never ask for. */
  static lazy(context: AttemptContext): LazyAttemptState {
    return context.#lazyState();
  }

  /** @internal The same of an attempt that has asked before. */
  static lazyIfAny(context: AttemptContext): LazyAttemptState | undefined {
    return context.#lazy;
  }

  /** @internal Whether it is over, and ended by itself. */
  static hasReturned(context: AttemptContext): boolean {
    return context.#over && context.#lazy?.reason === undefined;
  }

  /** @internal The error for what comes after the end. */
  static ended(context: AttemptContext): FlowError {
    return context.#ended();
  }

  /** @internal The message it works on. */
  static parcel(context: AttemptContext): Parcel {
    return context.#parcel;
  }
}
