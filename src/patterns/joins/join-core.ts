import { FlowError } from '../../errors/flow-error.js';
import type { Message } from '../../message/message.js';
import {
  attachLocal,
  envelopeFor,
  envelopeOf,
  keeperOf,
  localOf,
  madeOfAll,
  type EnvelopeWithLocals,
  type TraceWithLocals,
} from '../../trace-local/trace-local.js';
import { aboutOf, beginWait, type TimedWait } from '../../trace-local/timed-wait.js';
import type { NodeContext } from '../../ports/node-context.js';
import { AttemptWait } from './attempt-wait.js';
import { JoinBucket } from './join-bucket.js';
import type { JoinLimits } from './join-options.js';
import { JoinTrace, type JoinTraces } from './join-trace.js';

/** How one kind of join works. */
export interface JoinRules {
  /** Arrivals that make a result. */
  readonly size: number;
  readonly limits: JoinLimits;
  /**
   * The node itself, if it takes one message at a time through all its attempts and nothing but the runtime sees what it
   * gives; undefined for every other one.
   */
  readonly node?: object | undefined;
  /** Names of the nodes of which a result has one part each; left out when any will do. */
  readonly sources?: readonly string[];
  /** What the parts of a result have in common besides their run; left out when that is all. */
  key?(payload: unknown, ctx: NodeContext): unknown;
  /** Where an arrival belongs; undefined when any free place will do. */
  place(ctx: NodeContext): number | undefined;
  /** The payload of the result. */
  result(bucket: JoinBucket): unknown;
  /** Names what is missing, for the error. */
  describeMissing(bucket: JoinBucket): readonly string[];
}

/** Result of a delivery, kept for its retry. */
interface Completed {
  readonly ctx: NodeContext;
  readonly result: Message;
}

/** Where a delivery went. */
interface Taken {
  readonly ctx: NodeContext;
  readonly bucket: JoinBucket;
}

/**
 * The state of a join: buckets per trace. A bucket is freed when its result is sent on, and whatever a trace still has
 * when it is over, cancelled or late goes with it.
 *
 * What is kept of a trace hangs on the trace. Where only the public side of the context may be used, it is found by the run.
 */
export class JoinCore implements JoinTraces {
  /** Traces of which something is kept. */
  traces = 0;
  readonly sendsIncomplete: boolean;
  readonly #rules: JoinRules;
  readonly #byRun = new Map<string, JoinTrace>();
  /** By what completed it and for as long as that is around; a weak map costs more than the rest of a join. */
  readonly #completed: WeakMap<Message, Completed> | undefined;
  /** Where its message is, of a join that may be tried again when its bucket is done with. */
  readonly #taken: WeakMap<Message, Taken> | undefined;

  constructor(rules: JoinRules) {
    this.#rules = rules;
    this.sendsIncomplete = rules.limits.timeoutS !== undefined && rules.limits.onTimeout === 'emit';
    this.#completed = rules.node === undefined ? new WeakMap() : undefined;
    this.#taken = rules.node === undefined ? new WeakMap() : undefined;
  }

  /**
   * Takes an arrival: gives the result when it was the last one, or when the message says that time is up.
   *
   * @throws FlowError `JOIN_TIMEOUT`
   */
  accept(payload: unknown, ctx: NodeContext): Message | undefined | Promise<Message | undefined> {
    const { node, limits } = this.#rules;
    const envelope = node === undefined ? undefined : envelopeFor(ctx, node);
    const outOfTime = limits.timeoutS === undefined ? undefined : aboutOf(ctx);
    if (outOfTime !== undefined) return this.#late(outOfTime as JoinBucket, ctx, envelope);
    const held = envelope ?? envelopeOf(ctx);
    const trace = held === undefined ? this.#traceOf(ctx) : this.#keptOf(held.trace, ctx);
    const before = this.#resultBefore(trace, ctx);
    if (before !== undefined) return before;
    if (this.#wentOn(ctx)) return undefined;
    const bucket = this.#place(payload, trace, ctx, envelope, held);
    if (!bucket.full) return limits.timeoutS === undefined ? undefined : this.#wait(bucket, trace, ctx);
    trace.free(bucket);
    if (bucket.wait instanceof AttemptWait) return undefined;
    const joined = this.#resultOf(bucket, ctx, envelope);
    if (this.#completed === undefined) trace.remember(ctx, joined);
    else this.#completed.set(ctx.message, { ctx, result: joined });
    return joined;
  }

  /** What this very delivery gave before; with the next one, what was kept of the last is forgotten. */
  #resultBefore(trace: JoinTrace, ctx: NodeContext): Message | undefined {
    if (this.#completed !== undefined) {
      const before = this.#completed.get(ctx.message);
      return before !== undefined && isRetry(ctx, before.ctx) ? before.result : undefined;
    }
    const { lastBy } = trace;
    if (lastBy === undefined) return undefined;
    if (isRetry(ctx, lastBy)) return trace.lastResult as Message;
    trace.remember(undefined, undefined);
    return undefined;
  }

  /** Whether what this very delivery brought before has gone on without it. */
  #wentOn(ctx: NodeContext): boolean {
    const taken = this.#taken?.get(ctx.message);
    return taken !== undefined && taken.bucket.done && isRetry(ctx, taken.ctx);
  }

  #keptOf(trace: TraceWithLocals, ctx: NodeContext): JoinTrace {
    const known = localOf(this, trace);
    if (known !== undefined) return known as JoinTrace;
    const begun = new JoinTrace(this, keeperOf(ctx));
    if (trace.ended) return begun;
    this.traces++;
    return attachLocal(begun, trace);
  }

  #traceOf(ctx: NodeContext): JoinTrace {
    const run = ctx.traceId;
    const known = this.#byRun.get(run);
    if (known !== undefined) return known;
    const begun = new JoinTrace(this, undefined);
    this.traces++;
    this.#byRun.set(run, begun);
    ctx.onTraceEnd(() => {
      begun.over();
      // Where only the id is known, it may have been used again.
      if (this.#byRun.get(run) === begun) this.#byRun.delete(run);
    });
    return begun;
  }

  #place(
    payload: unknown,
    trace: JoinTrace,
    ctx: NodeContext,
    envelope: EnvelopeWithLocals | undefined,
    held: EnvelopeWithLocals | undefined,
  ): JoinBucket {
    const place = this.#rules.place(ctx);
    const key = this.#rules.key?.(payload, ctx);
    let bucket = trace.find(key, place, ctx.delivery);
    if (bucket === undefined) {
      bucket = new JoinBucket(trace, key, ctx, envelope, this.#rules.size);
      trace.add(bucket);
    }
    bucket.add(payload, place, ctx, held);
    this.#taken?.set(ctx.message, { ctx, bucket });
    return bucket;
  }

  giveUp(trace: JoinTrace, bucket: JoinBucket): void {
    if (bucket.wait !== undefined && this.#rules.limits.onTimeout === 'emit') {
      bucket.wait.expire();
      return;
    }
    trace.free(bucket);
    const envelope = envelopeOf(bucket.first);
    // Of a run that has failed nobody expects the rest.
    if (envelope === undefined || envelope.trace.failed) return;
    const missing = this.#rules.describeMissing(bucket);
    keeperOf(bucket.first)?.reportIncomplete(envelope, { missing, arrived: bucket.count });
  }

  waitOn(trace: JoinTrace, bucket: JoinBucket): void {
    const { wait } = bucket;
    const leftS = wait?.leftS;
    if (wait === undefined || leftS === undefined) return;
    wait.end();
    const [first, ...others] = bucket.contexts() as [NodeContext, ...NodeContext[]];
    bucket.wait = this.#beginWait(bucket, trace, first, leftS);
    for (const { source } of others) bucket.wait?.arrived(source);
  }

  #beginWait(bucket: JoinBucket, trace: JoinTrace, first: NodeContext, timeoutS: number): TimedWait | undefined {
    const { limits, sources } = this.#rules;
    const onExpired = (): void => trace.free(bucket);
    return beginWait(first, { timeoutS, maxWaiting: limits.maxWaiting, sources, about: bucket, onExpired });
  }

  #resultOf(bucket: JoinBucket, ctx: NodeContext, envelope: EnvelopeWithLocals | undefined): Message {
    const envelopes = bucket.differentEnvelopes();
    if (envelopes !== undefined) madeOfAll(ctx, envelopes);
    const list = this.#rules.result(bucket);
    // What came in the same envelope leaves in it by itself; only the runtime sees that it is no message.
    return envelope !== undefined && envelope === bucket.envelope
      ? (list as Message)
      : bucket.first.message.with({ payload: list });
  }

  /** It is not complete: the rest has some time to come, from the first arrival on. */
  #wait(bucket: JoinBucket, trace: JoinTrace, ctx: NodeContext): Promise<Message> | undefined {
    const timeoutS = this.#rules.limits.timeoutS as number;
    if (bucket.wait !== undefined) bucket.wait.arrived(ctx.source);
    else bucket.wait = this.#beginWait(bucket, trace, ctx, timeoutS) ?? new AttemptWait(ctx, timeoutS);
    const { wait } = bucket;
    return wait instanceof AttemptWait && bucket.isFirst(ctx.delivery)
      ? this.#waitInAttempt(bucket, wait, trace, ctx)
      : undefined;
  }

  async #waitInAttempt(bucket: JoinBucket, wait: AttemptWait, trace: JoinTrace, ctx: NodeContext): Promise<Message> {
    try {
      await wait.over;
    } finally {
      // The attempt may have been interrupted: nobody waits for this bucket any more.
      trace.free(bucket);
    }
    return bucket.full ? this.#resultOf(bucket, ctx, undefined) : this.#late(bucket, ctx, undefined);
  }

  /** @throws FlowError `JOIN_TIMEOUT` */
  #late(bucket: JoinBucket, ctx: NodeContext, envelope: EnvelopeWithLocals | undefined): Message {
    const { timeoutS, onTimeout } = this.#rules.limits;
    if (onTimeout === 'emit') return this.#resultOf(bucket, ctx, envelope);
    const missing = this.#rules.describeMissing(bucket);
    throw new FlowError('JOIN_TIMEOUT', {
      message: `Join "${ctx.nodeName}" waited ${timeoutS} s and still lacks ${missing.join(', ')}`,
      traceId: ctx.traceId,
      nodeName: ctx.nodeName,
      metadata: { missing, timeout_s: timeoutS },
    });
  }
}

function isRetry(ctx: NodeContext, before: NodeContext): boolean {
  return ctx.delivery === before.delivery && ctx.message === before.message;
}
