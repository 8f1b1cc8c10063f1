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
  /** Where an arrival belongs; undefined when any free place will do. */
  place(ctx: NodeContext): number | undefined;
  /** The payload of the result. */
  result(bucket: JoinBucket): unknown;
  /** Names what is missing, for the error. */
  describeMissing(bucket: JoinBucket): readonly string[];
}

/** Result of a delivery, kept for its retry as long as its message is around. */
interface Completed {
  readonly delivery: number;
  readonly result: Message;
}

/**
 * The state of a join: buckets per trace, in the order in which they were begun. A bucket is freed when its result is
 * sent on, and whatever a trace still has when it is over, cancelled or late goes with it.
 */
export class JoinCore {
  readonly #rules: JoinRules;
  readonly #byTrace = new Map<string, JoinBucket[]>();
  readonly #completed = new WeakMap<Message, Completed>();

  constructor(rules: JoinRules) {
    this.#rules = rules;
  }

  /** Traces of which something is kept. */
  get traces(): number {
    return this.#byTrace.size;
  }

  /** Takes an arrival: gives the result when it was the last, a promise of it when it was the first and waits. */
  accept(payload: unknown, ctx: NodeContext): Message | undefined | Promise<Message | undefined> {
    const before = this.#completed.get(ctx.message);
    if (before?.delivery === ctx.delivery) return before.result;
    const buckets = this.#bucketsOf(ctx);
    const bucket = this.#place(payload, buckets, ctx);
    if (!bucket.full) {
      const waits = this.#rules.limits.timeoutS !== undefined && bucket.isFirst(ctx.delivery);
      return waits ? this.#wait(bucket, buckets, ctx) : undefined;
    }
    free(bucket, buckets);
    if (bucket.awaited) return undefined;
    const result = bucket.first.with({ payload: this.#rules.result(bucket) });
    this.#completed.set(ctx.message, { delivery: ctx.delivery, result });
    return result;
  }

  #bucketsOf(ctx: NodeContext): JoinBucket[] {
    const { traceId } = ctx;
    const known = this.#byTrace.get(traceId);
    if (known !== undefined) return known;
    const buckets: JoinBucket[] = [];
    this.#byTrace.set(traceId, buckets);
    ctx.onTraceEnd(() => {
      buckets.length = 0;
      // The id may have been used again for another trace.
      if (this.#byTrace.get(traceId) === buckets) this.#byTrace.delete(traceId);
    });
    return buckets;
  }

  #place(payload: unknown, buckets: JoinBucket[], ctx: NodeContext): JoinBucket {
    const place = this.#rules.place(ctx);
    let bucket =
      buckets.find((each) => each.holds(ctx.delivery)) ??
      buckets.find((each) => !each.full && (place === undefined || each.lacks(place)));
    if (bucket === undefined) {
      bucket = new JoinBucket(ctx.message, this.#rules.size);
      buckets.push(bucket);
    }
    bucket.add(payload, place ?? (bucket.missing()[0] as number), ctx);
    return bucket;
  }

  async #wait(bucket: JoinBucket, buckets: JoinBucket[], ctx: NodeContext): Promise<Message | undefined> {
    const { timeoutS, onTimeout } = this.#rules.limits;
    bucket.awaited = true;
    try {
      await Promise.race([bucket.completed, ctx.sleep(timeoutS as number)]);
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

function free(bucket: JoinBucket, buckets: JoinBucket[]): void {
  const index = buckets.indexOf(bucket);
  if (index !== -1) buckets.splice(index, 1);
  bucket.release();
}
