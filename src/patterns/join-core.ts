import { FlowError } from '../errors/flow-error.js';
import type { Message } from '../message/message.js';
import type { NodeContext } from '../ports/node-context.js';
import { JoinBucket } from './join-bucket.js';
import type { JoinLimits } from './join-options.js';

/** How one kind of join works. */
export interface JoinRules {
  /** Arrivals that make a result. */
  readonly size: number;
  readonly limits: JoinLimits;
  /** The node takes one message at a time, through all its attempts. @defaultValue false */
  readonly oneAtATime?: boolean;
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

/** What is kept of one trace. */
interface JoinTrace {
  readonly buckets: JoinBucket[];
  /** Of a node that takes one message at a time: whoever comes next says that this one is not tried again. */
  last: Completed | undefined;
}

/**
 * The state of a join: buckets per trace, in the order in which they were begun. A bucket is freed when its result is
 * sent on, and whatever a trace still has when it is over, cancelled or late goes with it.
 */
export class JoinCore {
  readonly #rules: JoinRules;
  readonly #byTrace = new Map<string, JoinTrace>();
  /** By what completed it and for as long as that is around; a weak map costs more than the rest of a join. */
  readonly #completed: WeakMap<Message, Completed> | undefined;

  constructor(rules: JoinRules) {
    this.#rules = rules;
    this.#completed = rules.oneAtATime === true ? undefined : new WeakMap();
  }

  /** Traces of which something is kept. */
  get traces(): number {
    return this.#byTrace.size;
  }

  /** Takes an arrival: gives the result when it was the last, a promise of it when it was the first and waits. */
  accept(payload: unknown, ctx: NodeContext): Message | undefined | Promise<Message | undefined> {
    const trace = this.#traceOf(ctx);
    const before = this.#completed === undefined ? trace.last : this.#completed.get(ctx.message);
    if (before !== undefined && isRetry(ctx, before.ctx)) return before.result;
    trace.last = undefined;
    const { buckets } = trace;
    const bucket = this.#place(payload, buckets, ctx);
    if (!bucket.full) {
      const waits = this.#rules.limits.timeoutS !== undefined && bucket.isFirst(ctx.delivery);
      return waits ? this.#wait(bucket, buckets, ctx) : undefined;
    }
    free(bucket, buckets);
    if (bucket.awaited) return undefined;
    const result = bucket.first.with({ payload: this.#rules.result(bucket) });
    const completed = { ctx, result };
    if (this.#completed === undefined) trace.last = completed;
    else this.#completed.set(ctx.message, completed);
    return result;
  }

  #traceOf(ctx: NodeContext): JoinTrace {
    const { traceId } = ctx;
    const known = this.#byTrace.get(traceId);
    if (known !== undefined) return known;
    const trace: JoinTrace = { buckets: [], last: undefined };
    this.#byTrace.set(traceId, trace);
    ctx.onTraceEnd(() => {
      trace.buckets.length = 0;
      trace.last = undefined;
      // The id may have been used again for another trace.
      if (this.#byTrace.get(traceId) === trace) this.#byTrace.delete(traceId);
    });
    return trace;
  }

  #place(payload: unknown, buckets: JoinBucket[], ctx: NodeContext): JoinBucket {
    const place = this.#rules.place(ctx);
    let bucket = find(buckets, place, ctx);
    if (bucket === undefined) {
      bucket = new JoinBucket(ctx.message, this.#rules.size);
      buckets.push(bucket);
    }
    bucket.add(payload, place ?? bucket.firstFree(), ctx);
    return bucket;
  }

  async #wait(bucket: JoinBucket, buckets: JoinBucket[], ctx: NodeContext): Promise<Message | undefined> {
    const { timeoutS, onTimeout } = this.#rules.limits;
    try {
      await Promise.race([bucket.completed(), ctx.sleep(timeoutS as number)]);
    } finally {
      // The attempt may have been interrupted by its deadline: nobody waits for this bucket any more.
      free(bucket, buckets);
    }
    if (bucket.full || onTimeout === 'emit') return bucket.first.with({ payload: this.#rules.result(bucket) });
    const missing = this.#rules.describeMissing(bucket);
    throw new FlowError('JOIN_TIMEOUT', {
      message: `Join "${ctx.nodeName}" waited ${timeoutS} s and still lacks ${missing.join(', ')}`,
      traceId: ctx.traceId,
      nodeName: ctx.nodeName,
      metadata: { missing, timeout_s: timeoutS },
    });
  }
}

/** The bucket that has this delivery already (it is a retry), else the oldest that can take it. */
function find(buckets: readonly JoinBucket[], place: number | undefined, ctx: NodeContext): JoinBucket | undefined {
  for (const bucket of buckets) if (bucket.holds(ctx.delivery)) return bucket;
  for (const bucket of buckets) if (!bucket.full && (place === undefined || bucket.lacks(place))) return bucket;
  return undefined;
}

function isRetry(ctx: NodeContext, before: NodeContext): boolean {
  return ctx.delivery === before.delivery && ctx.message === before.message;
}

function free(bucket: JoinBucket, buckets: JoinBucket[]): void {
  const index = buckets.indexOf(bucket);
  // The oldest is the one that is complete, and a list that is cut makes a list of what was cut off.
  if (index === 0) buckets.shift();
  else if (index !== -1) buckets.splice(index, 1);
  bucket.release();
}
