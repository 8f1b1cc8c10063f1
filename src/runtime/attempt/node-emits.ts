import { FlowError } from '../../errors/flow-error.js';
import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import { beginStackAbove, beginStackAt, framesAbove, type Frames } from '../../errors/stack.js';
import { isMessage } from '../../message/emitted-payload.js';
import { Later } from '../../message/later.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import type { ChunkOptions, NodeEmitOptions } from '../../ports/node-context.js';
import type { PayloadCheck } from '../../validation/payload-check.js';
import type { NodeRoutes } from '../routing/node-routes.js';
import type { Outlet } from '../routing/outlet.js';
import { PendingEmit } from '../routing/pending-emit.js';
import { Parcel, type Envelope } from '../trace/envelope.js';
import { rejectedToCaller } from '../trace/throw-to-caller.js';
import { messageParcel } from './message-parcel.js';
import { AttemptContext } from './attempt-context.js';
import type { AttemptHost } from './attempt-host.js';
import { sentBy } from './attempt-scope.js';
import { answerTo } from './emit-answer.js';
import { checkChunk, nextChunk } from './chunk-sequence.js';
import { deliverChunkFast } from './deliver-chunk.js';
import { handled, handledOnFailure } from './handled.js';
import { routeResult } from './node-result.js';

function ignore(): void {}

/**
 * What a node sends while `process` runs: `ctx.emit`, `ctx.emitChunk`, and the values of an async iterable.
 *
 * Each emit passes the same stations: the check of its payload, its place in the sequence of an ordered node, the outlets,
 * and a wait where one of them has no room.
 */
export class NodeEmits {
  readonly #host: AttemptHost;
  /** Where chunks go that name no node. */
  readonly egress: readonly Outlet[];

  constructor(host: AttemptHost) {
    this.#host = host;
    this.egress = [host.core.egress];
  }

  /** `ctx.emit`. */
  emit(context: AttemptContext, payload: unknown, options: NodeEmitOptions | undefined): Promise<void> {
    const { emitCheck } = this.#host;
    return emitCheck === undefined
      ? this.#emit(context, payload, options)
      : this.#emitChecked(emitCheck, context, payload, options);
  }

  /** `ctx.emitChunk`. */
  emitChunk(context: AttemptContext, text: string, options: ChunkOptions): Promise<StreamChunk> {
    const { core, ordered } = this.#host;
    try {
      const mayDeliver = AttemptContext.isOpen(context) && AttemptContext.traced(context) === undefined && !ordered;
      const { envelope } = AttemptContext.parcel(context);
      const delivered = mayDeliver ? deliverChunkFast(core, envelope, text, options) : undefined;
      return delivered ?? this.#inSequence(context, () => this.#sendChunk(context, text, options));
    } catch (error) {
      return refused(this.#host, context, error, 'emitChunk');
    }
  }

  /** Emits one value of an async iterable; undefined is none, but takes its time as any other. */
  emitPiece(context: AttemptContext, payload: unknown): Promise<void> {
    const { runQueue } = this.#host.core;
    if (payload === undefined) {
      runQueue.tick();
      return runQueue.opened() ?? Promise.resolve();
    }
    const lazy = AttemptContext.lazy(context);
    const envelope = (lazy.pieceEnvelope ??= pieceEnvelope(AttemptContext.parcel(context).envelope));
    return this.#inSequence(context, () => this.#send(context, payload, undefined, envelope));
  }

  /** Where results go that are not looked at on their way. */
  fixedOutlets({ fixed }: NodeRoutes): readonly Outlet[] | undefined {
    return fixed;
  }

  /** What `process` returned, as it goes on, and where to; of an iterable what it returned at its end. */
  route(result: unknown, context: AttemptContext): [Parcel, readonly Outlet[]] {
    return routeResult(this.#host, result, AttemptContext.parcel(context));
  }

  #emit(context: AttemptContext, payload: unknown, options: NodeEmitOptions | undefined): Promise<void> {
    return this.#inSequence(context, () => this.#send(context, payload, options));
  }

  #emitChecked(
    emitCheck: PayloadCheck,
    context: AttemptContext,
    payload: unknown,
    options: NodeEmitOptions | undefined,
  ): Promise<void> {
    let checked: unknown;
    try {
      checked = emitCheck.checkEmitted(payload, context.traceId);
    } catch (error) {
      checked = new Later(handled(Promise.reject(error as Error)));
    }
    const before = AttemptContext.lazyIfAny(context)?.checking;
    if (before === undefined && !(checked instanceof Later)) return this.#emit(context, checked, options);
    const valid =
      checked instanceof Later
        ? withFrames(checked.settled, framesAbove(Reflect.get(context, 'emit') as Function))
        : { value: checked };
    const emitted = Promise.all([valid, before]).then(([{ value }]) => this.#emit(context, value, options));
    AttemptContext.lazy(context).checking = emitted.catch(ignore);
    return answerTo(this.#host, context, emitted);
  }

  #inSequence<Answer>(context: AttemptContext, send: () => Promise<Answer>): Promise<Answer> {
    if (!AttemptContext.isOpen(context)) {
      const late = handled(Promise.reject<Answer>(AttemptContext.ended(context)));
      // Where it was interrupted that is told of already.
      return AttemptContext.hasReturned(context) ? answerTo(this.#host, context, late) : late;
    }
    return this.#host.ordered ? handledOnFailure(this.#sendInSequence(context, send)) : send();
  }

  /** On an ordered node an emit waits for earlier messages, also after `process` has returned; an interruption ends the wait. */
  #sendInSequence<Answer>(context: AttemptContext, send: () => Promise<Answer>): Promise<Answer> {
    let settle: { resolve: (sent: Promise<Answer>) => void; reject: (error: FlowError) => void } | undefined;
    const waits = this.#host.whenInSequence(context, () => {
      if (settle === undefined || AttemptContext.lazy(context).sequencedEmits?.delete(settle.reject) !== true) return;
      settle.resolve(send());
    });
    if (!waits) return send();
    return new Promise((resolve, reject) => {
      settle = { resolve, reject };
      (AttemptContext.lazy(context).sequencedEmits ??= new Set()).add(reject);
    });
  }

  #send(
    context: AttemptContext,
    payload: unknown,
    options: NodeEmitOptions | undefined,
    envelope?: Envelope,
  ): Promise<void> {
    const { runQueue } = this.#host.core;
    // The nodes that follow run once every branch has the message: one of them may cancel the trace.
    runQueue.enter();
    try {
      const waiting = this.begin(context, payload, options, envelope);
      return waiting === undefined ? (runQueue.opened() ?? Promise.resolve()) : handled(this.#wait(context, waiting));
    } catch (error) {
      // A value of an iterable is no emit of anybody.
      return envelope === undefined
        ? refused(this.#host, context, error, 'emit')
        : handled(Promise.reject(error as Error));
    } finally {
      runQueue.leave();
    }
  }

  /** Puts an emission on its way, a value of an iterable with the envelope of one; what comes back waits for room. */
  begin(
    context: AttemptContext,
    payload: unknown,
    options: NodeEmitOptions | undefined,
    envelope?: Envelope,
  ): PendingEmit | undefined {
    const { core, name, routes } = this.#host;
    if (options !== undefined) checkNodeEmitOptions(options, `emit() of node "${name}"`);
    const from = AttemptContext.parcel(context);
    const parcel = isMessage(payload)
      ? messageParcel(this.#host, payload, from)
      : new Parcel(payload, envelope ?? from.envelope);
    const outlets = options?.to === undefined ? routes.for(parcel.payload) : routes.named(options.to);
    core.runQueue.tick();
    return this.start(context, parcel, outlets, undefined, envelope !== undefined, options?.key);
  }

  /**
   * Hands a message to its outlets.
   *
   * @param answer - of what comes back when one of them has no room
   * @param isPiece - it is a value of an iterable
   * @param key - what the node knows it by
   */
  start<Answer>(
    context: AttemptContext,
    parcel: Parcel,
    outlets: readonly Outlet[],
    answer: Answer,
    _isPiece: boolean,
    key?: string,
  ): PendingEmit<Answer> | undefined {
    return PendingEmit.start(
      sentBy(this.#host, context, parcel, outlets, key),
      outlets,
      this.#host.core.traces,
      answer,
    );
  }

  #sendChunk(context: AttemptContext, text: string, options: ChunkOptions): Promise<StreamChunk> {
    const { runQueue } = this.#host.core;
    runQueue.enter();
    try {
      const sent = this.beginChunk(context, text, options);
      if (sent instanceof PendingEmit) return handled(this.#wait(context, sent));
      return runQueue.paused ? runQueue.answerLater(sent) : Promise.resolve(sent);
    } catch (error) {
      return refused(this.#host, context, error, 'emitChunk');
    } finally {
      runQueue.leave();
    }
  }

  /** Sends the next chunk of a stream: gives the chunk when there was room, else what waits for room and answers with it. */
  beginChunk(context: AttemptContext, text: string, options: ChunkOptions): StreamChunk | PendingEmit<StreamChunk> {
    const { core, name, routes } = this.#host;
    checkChunk(text, options, name);
    const { envelope } = AttemptContext.parcel(context);
    const outlets = options.to === undefined ? this.egress : routes.named(options.to);
    const chunk = nextChunk(envelope.trace, text, options);
    core.runQueue.tick();
    return this.start(context, new Parcel(chunk, envelope), outlets, chunk, false) ?? chunk;
  }

  /** Notes how long the attempt waits for room, which is no time of `process`; an interruption ends the wait. */
  #wait<Answer>(context: AttemptContext, waiting: PendingEmit<Answer>): Promise<Answer> {
    const { clock } = this.#host.core;
    const lazy = AttemptContext.lazy(context);
    const emits = (lazy.emits ??= new Set<Pick<PendingEmit, 'abandon'>>());
    if (emits.size === 0) lazy.blockedSince = clock.monotonic();
    emits.add(waiting);
    waiting.onSettled(() => {
      emits.delete(waiting);
      if (emits.size === 0) lazy.blockedMs += clock.monotonic() - lazy.blockedSince;
    });
    return waiting.done;
  }
}

/** What the values of an async iterable travel in. */
function pieceEnvelope(from: Envelope): Envelope {
  const { headers, deadline, meta, ts } = from;
  return from.derive(headers, deadline, meta, ts, true);
}

/** An emit that is refused: what the runtime says of it leads to the line of the node that emits, or that awaits an emit which had to wait. */
function refused(
  host: AttemptHost,
  context: AttemptContext,
  thrown: unknown,
  method: 'emit' | 'emitChunk',
): Promise<never> {
  if (!beginAtCaller(thrown, context, method)) return rejectedToCaller(thrown as FlowError);
  return answerTo(host, context, Promise.reject(thrown as Error));
}

/** Lets the stack of an error of the runtime begin at the line of the node; false when that line is not known. */
function beginAtCaller(thrown: unknown, context: AttemptContext, method: 'emit' | 'emitChunk'): boolean {
  return !FlowError.is(thrown) || beginStackAbove(thrown, Reflect.get(context, method) as Function);
}

/** The same, whose failure leads to where it began. */
async function withFrames<T>(checked: Promise<T>, frames: Frames): Promise<T> {
  try {
    return await checked;
  } catch (error) {
    if (FlowError.is(error)) beginStackAt(error, frames);
    throw error;
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkNodeEmitOptions(options: NodeEmitOptions, owner: string): void {
  rejectUnknownOptions(options, ['to', 'key'], owner);
  const key: unknown = options.key;
  if (key === undefined || (typeof key === 'string' && key !== '')) return;
  throw invalidOption('key', owner, 'a non-empty string', key);
}
