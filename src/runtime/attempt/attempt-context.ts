import { FlowError } from '../../errors/flow-error.js';
import { invalidOption } from '../../errors/option-error.js';
import type { MessageHeaders } from '../../message/headers.js';
import type { Message } from '../../message/message.js';
import type { LogFields, NodeLogger } from '../../ports/flow-log.js';
import type { AttemptSpan } from '../../ports/flow-tracer.js';
import { ENVELOPE_FOR, type EnvelopeSource } from '../../trace-local/trace-local.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import type {
  ChunkOptions,
  NodeEmitOptions,
  NodeContext,
  PlaybookClass,
  CallOptions,
} from '../../ports/node-context.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import { LazyAttemptState } from './lazy-attempt-state.js';
import { ContextLogger } from './context-logger.js';
import { requireBoundContext } from './require-bound-context.js';
import { Envelope, type Parcel } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import { deliverChunk } from './deliver-chunk.js';
import { holdTrace } from '../core/trace-holds.js';
import { onTraceEnd } from '../core/trace-end.js';
import type { PayloadCheck } from '../../validation/payload-check.js';
import { PendingEmit } from '../routing/pending-emit.js';

/** The node's side of a context: who it works for. Implemented by the worker. */
export interface ContextHost {
  readonly core: FlowCore;
  readonly name: string;
  readonly id: string;
  /** The node, or what is wrapped around it. */
  readonly target: object;
  /** Name of the node, or of the ingress, behind one of the inputs. */
  sourceOf(input: number): string;
  /** For what the node emits itself; undefined = not checked. */
  readonly emitCheck: PayloadCheck | undefined;
  /** Milliseconds the attempt has left, by its timeout alone; Infinity without one. */
  timeLeftMs(context: AttemptContext): number;
  /** Starts the emit; what comes back waits for room. */
  beginEmit(
    context: AttemptContext,
    payload: unknown,
    targets: NodeEmitOptions | undefined,
    envelope?: Envelope,
  ): PendingEmit | undefined;
  /** Emits the next chunk of a stream: gives the chunk when there was room, else what waits for room and answers with it. */
  beginChunk(context: AttemptContext, text: string, options: ChunkOptions): StreamChunk | PendingEmit<StreamChunk>;
  /** Whether emits may have to wait until earlier messages have left. */
  readonly ordered: boolean;
  /** Calls back when an ordered node may emit for this attempt; false when it may at once, without a call. */
  whenInSequence(context: AttemptContext, callback: () => void): boolean;
}

function ignore(): void {}

/** Who does not await an emit must not bring the process down when the attempt is interrupted meanwhile. */
function handled<Answer>(emitted: Promise<Answer>): Promise<Answer> {
  emitted.catch(ignore);
  return emitted;
}

const NO_OPTIONS: ChunkOptions = Object.freeze({});

/** What the context of one attempt is for the node that runs it. */
export class AttemptContext implements NodeContext, EnvelopeSource {
  readonly attempt: number;
  readonly delivery: number;
  /** Which of the node's inputs the message came through. */
  readonly #input: number;
  readonly #host: ContextHost;
  readonly #parcel: Parcel;
  #span: AttemptSpan | undefined;
  #over = false;
  #lazy: LazyAttemptState | undefined;

  /**
   * @param input - through which of the node's inputs the message came
   * @param delivery - its arrival number; the same for all attempts
   */
  constructor(host: ContextHost, parcel: Parcel, attempt: number, input: number, delivery: number) {
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

  get nodeName(): string {
    return this.#host.name;
  }

  get flowName(): string {
    return this.#host.core.plan.flowName;
  }

  get signal(): AbortSignal {
    const asked = this.#lazyState();
    if (asked.controller === undefined) {
      asked.controller = new AbortController();
      if (asked.reason !== undefined) asked.controller.abort(asked.reason);
    }
    return asked.controller.signal;
  }

  get logger(): NodeLogger {
    return (this.#lazyState().logger ??= new ContextLogger(this.#host.core.log, this.logFields()));
  }

  get remainingMs(): number {
    const { deadlineS } = this.#parcel.envelope;
    const untilDeadline =
      deadlineS === undefined ? Number.POSITIVE_INFINITY : deadlineS * 1000 - this.#host.core.clock.now();
    return Math.max(0, Math.min(untilDeadline, this.#over ? 0 : this.#host.timeLeftMs(this)));
  }

  emit(payload: unknown, targets?: NodeEmitOptions): Promise<void> {
    requireBoundContext(this, 'emit');
    const { emitCheck } = this.#host;
    return emitCheck === undefined ? this.#send(payload, targets) : this.#sendChecked(emitCheck, payload, targets);
  }

  emitChunk(text: string, options: ChunkOptions = NO_OPTIONS): Promise<StreamChunk> {
    requireBoundContext(this, 'emitChunk');
    try {
      const mayHandOver = !this.#over && this.#span === undefined && !this.#host.ordered;
      const given = mayHandOver ? deliverChunk(this.#host.core, this.#parcel.envelope, text, options) : undefined;
      return given ?? this.#queueChunk(text, options);
    } catch (error) {
      return handled(Promise.reject(error as Error));
    }
  }

  call<In, Out>(flowClass: PlaybookClass<In, Out>, payload: NoInfer<In>, options?: CallOptions): Promise<Out> {
    requireBoundContext(this, 'call');
    if (this.#over) return Promise.reject(this.#ended());
    const request = { from: this.#parcel, owner: this.#host.name, signal: this.signal, flowClass, payload, options };
    const called = this.#host.core.playbooks.call(request) as Promise<Out>;
    // As with an emit: who does not wait for it must not bring the process down when the attempt is interrupted.
    called.catch(ignore);
    return called;
  }

  sleep(delayS: number): Promise<void> {
    requireBoundContext(this, 'sleep');
    if (!(typeof delayS === 'number' && delayS >= 0)) {
      return Promise.reject(invalidOption('delayS', `sleep() of node "${this.#host.name}"`, '>= 0', delayS));
    }
    if (this.#over) return Promise.reject(this.#ended());
    const { runQueue, wheel } = this.#host.core;
    const sleeps = (this.#lazyState().sleeps ??= new Set());
    const slept = new Promise<void>((resolve, reject) => {
      const end = (error: FlowError): void => {
        wheel.cancel(entry);
        reject(error);
      };
      const entry = new WheelEntry(() => {
        sleeps.delete(end);
        runQueue.tick();
        resolve();
      });
      sleeps.add(end);
      wheel.schedule(entry, delayS * 1000);
    });
    // Who raced it against something else must not bring the process down.
    slept.catch(ignore);
    return slept;
  }

  holdTrace(): () => void {
    return holdTrace(this.#host.core, this.#parcel.envelope);
  }

  onTraceEnd(callback: () => void): void {
    if (typeof callback !== 'function') {
      throw invalidOption('callback', `onTraceEnd() of node "${this.#host.name}"`, 'a function', callback);
    }
    onTraceEnd(this.#host.core, this.#parcel.envelope.trace, callback);
  }

  [ENVELOPE_FOR](node: object): Envelope | undefined {
    return this.#host.target === node ? this.#parcel.envelope : undefined;
  }

  /** The fields that every line of this attempt carries. */
  logFields(): LogFields {
    return {
      ...this.#span?.logFields,
      trace_id: this.traceId,
      flow_name: this.flowName,
      node_name: this.#host.name,
      node_id: this.#host.id,
      tenant: this.tenant,
      attempt: this.attempt,
    };
  }

  #sendChecked(emitCheck: PayloadCheck, payload: unknown, targets: NodeEmitOptions | undefined): Promise<void> {
    let checked: unknown;
    try {
      checked = emitCheck.runEmitted(payload, this.traceId);
    } catch (error) {
      checked = Promise.reject(error as Error);
    }
    const before = this.#lazy?.checking;
    if (before === undefined && !(checked instanceof Promise)) return this.#send(checked, targets);
    const emitted = Promise.all([checked, before]).then(([valid]) => this.#send(valid, targets));
    this.#lazyState().checking = emitted.catch(ignore);
    return emitted;
  }

  #queueChunk(text: string, options: ChunkOptions): Promise<StreamChunk> {
    return this.#inSequence(() => this.#emitChunkNow(text, options));
  }

  #send(payload: unknown, targets: NodeEmitOptions | undefined): Promise<void> {
    return this.#inSequence(() => this.#emitNow(() => this.#host.beginEmit(this, payload, targets)));
  }

  #inSequence<Answer>(emit: () => Promise<Answer>): Promise<Answer> {
    if (this.#over) return handled(Promise.reject<Answer>(this.#ended()));
    return this.#host.ordered ? handled(this.#emitInSequence(emit)) : emit();
  }

  /** On an ordered node an emit waits for its turn, also after `process` has returned; an interruption ends the wait. */
  #emitInSequence<Answer>(emit: () => Promise<Answer>): Promise<Answer> {
    let settle: { resolve: (emitted: Promise<Answer>) => void; reject: (error: FlowError) => void } | undefined;
    const waits = this.#host.whenInSequence(this, () => {
      if (settle === undefined || this.#lazy?.sequencedEmits?.delete(settle.reject) !== true) return;
      settle.resolve(emit());
    });
    if (!waits) return emit();
    return new Promise((resolve, reject) => {
      settle = { resolve, reject };
      (this.#lazyState().sequencedEmits ??= new Set()).add(reject);
    });
  }

  #emitNow(begin: () => PendingEmit | undefined): Promise<void> {
    const { runQueue } = this.#host.core;
    // The nodes that follow run once every branch has the message: one of them may cancel the trace.
    runQueue.enter();
    try {
      const waiting = begin();
      return waiting === undefined ? (runQueue.opened() ?? Promise.resolve()) : handled(this.#wait(waiting));
    } catch (error) {
      return handled(Promise.reject(error as Error));
    } finally {
      runQueue.leave();
    }
  }

  #emitChunkNow(text: string, options: ChunkOptions): Promise<StreamChunk> {
    const { runQueue } = this.#host.core;
    runQueue.enter();
    try {
      const emitted = this.#host.beginChunk(this, text, options);
      if (emitted instanceof PendingEmit) return handled(this.#wait(emitted));
      return runQueue.paused ? runQueue.answerLater(emitted) : Promise.resolve(emitted);
    } catch (error) {
      return handled(Promise.reject(error as Error));
    } finally {
      runQueue.leave();
    }
  }

  #wait<Answer>(waiting: PendingEmit<Answer>): Promise<Answer> {
    const { clock } = this.#host.core;
    const asked = this.#lazyState();
    const emits = (asked.emits ??= new Set<Pick<PendingEmit, 'abandon'>>());
    if (emits.size === 0) asked.blockedSince = clock.monotonic();
    emits.add(waiting);
    waiting.onSettled(() => {
      emits.delete(waiting);
      if (emits.size === 0) asked.blockedMs += clock.monotonic() - asked.blockedSince;
    });
    return waiting.done;
  }

  #ended(what = 'its emit came too late'): FlowError {
    return new FlowError('ATTEMPT_ENDED', {
      message: `Attempt ${this.attempt} of node "${this.#host.name}" has ended; ${what}`,
      traceId: this.traceId,
      nodeName: this.#host.name,
      nodeId: this.#host.id,
      cause: this.#lazy?.reason,
    });
  }

  #lazyState(): LazyAttemptState {
    return (this.#lazy ??= new LazyAttemptState());
  }

  #close(reason: FlowError | undefined): void {
    this.#span?.end(reason);
    if (this.#lazy?.sleeps !== undefined) for (const end of this.#lazy.sleeps) end(this.#ended());
    if (reason === undefined) return;
    const asked = this.#lazyState();
    asked.reason = reason;
    if (asked.sequencedEmits !== undefined) asked.endSequencedEmits(this.#ended());
    if (asked.emits !== undefined) for (const emit of [...asked.emits]) emit.abandon(this.#ended());
    asked.controller?.abort(reason);
  }

  /** @internal `end` in short: closes the context of an attempt that has succeeded, and that nobody traces. */
  static finish(context: AttemptContext): void {
    context.#over = true;
    if (context.#lazy !== undefined) context.#close(undefined);
  }

  /** @internal Closes the context: the attempt is over. With a reason it was interrupted, and its signal aborts. */
  static end(context: AttemptContext, reason?: FlowError): void {
    // An emit that waits for its turn goes with its message, also when `process` has returned.
    if (context.#over && reason !== undefined) context.#lazy?.endSequencedEmits(context.#ended());
    if (context.#over) return;
    context.#over = true;
    if (reason !== undefined || context.#lazy !== undefined || context.#span !== undefined) context.#close(reason);
  }

  /** @internal Emits one value of an async iterable; undefined is none, but takes its time as any other. */
  static emitPiece(context: AttemptContext, payload: unknown): Promise<void> {
    const { runQueue } = context.#host.core;
    if (payload === undefined) {
      runQueue.tick();
      return runQueue.opened() ?? Promise.resolve();
    }
    const asked = context.#lazyState();
    const { trace, headers, deadlineS, meta, ts } = context.#parcel.envelope;
    const envelope = (asked.pieceEnvelope ??= new Envelope(trace, headers, deadlineS, meta, ts, true));
    return context.#inSequence(() =>
      context.#emitNow(() => context.#host.beginEmit(context, payload, undefined, envelope)),
    );
  }

  /** @internal Milliseconds the attempt spent waiting for room downstream. */
  static blockedMs(context: AttemptContext): number {
    return context.#lazy?.blockedMs ?? 0;
  }

  /** @internal Begins the span of an attempt of a traced message; `previous` is that of the attempt before. */
  static beginSpan(context: AttemptContext, previous: AttemptSpan | undefined): AttemptSpan | undefined {
    const parcel = context.#parcel;
    context.#span = parcel.envelope.trace.span?.attempt({
      ctx: context,
      nodeId: context.#host.id,
      sender: parcel.sender,
      previous,
    });
    return context.#span;
  }

  /** @internal The span of the attempt, while somebody traces. */
  static span(context: AttemptContext): AttemptSpan | undefined {
    return context.#span;
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

  /** @internal */
  static parcel(context: AttemptContext): Parcel {
    return context.#parcel;
  }
}
