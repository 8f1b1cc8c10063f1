import type { NodeContext } from '../../ports/node-context.js';
import type { LateCheck, TraceLocal } from '../../trace-local/trace-local.js';
import type { JoinBucket } from './join-bucket.js';

/** Whose trace it is: counts how many there are. */
export interface JoinTraces {
  traces: number;
  /** Whether further emits may bring what its buckets lack. */
  readonly waitsForEmits: boolean;
  /** What a bucket lacks cannot come any more. */
  giveUp(bucket: JoinBucket): void;
}

/** What a join keeps of one trace: its buckets, in the order in which they were begun. */
export class JoinTrace implements TraceLocal {
  next: TraceLocal | undefined;
  holding = 0;
  readonly keeper: JoinTraces;
  readonly rank: number | undefined;
  /** What completed the last result: of a node that takes one at a time, whoever comes next says that it is not tried again. */
  lastBy: NodeContext | undefined;
  lastResult: unknown;
  #oldest: JoinBucket | undefined;

  /** @param rank - where the join stands in the plan, where that is known */
  constructor(keeper: JoinTraces, rank: number | undefined) {
    this.keeper = keeper;
    this.rank = rank;
  }

  get waitsForEmits(): boolean {
    return this.keeper.waitsForEmits;
  }

  onQuiet(): void {
    let bucket = this.#oldest;
    this.#oldest = undefined;
    for (; bucket !== undefined; bucket = bucket.next) this.keeper.giveUp(bucket);
  }

  /** Keeps the result of a delivery for its retry. */
  remember(ctx: NodeContext | undefined, result: unknown): void {
    this.lastBy = ctx;
    this.lastResult = result;
  }

  /** The bucket that has this delivery already (it is a retry), else the oldest that can take it. */
  find(place: number | undefined, delivery: number): JoinBucket | undefined {
    let free: JoinBucket | undefined;
    for (let bucket = this.#oldest; bucket !== undefined; bucket = bucket.next) {
      if (bucket.holds(delivery)) return bucket;
      if (free === undefined && !bucket.full && (place === undefined || bucket.lacks(place))) free = bucket;
    }
    return free;
  }

  add(bucket: JoinBucket): void {
    let last = this.#oldest;
    if (last === undefined) {
      this.#oldest = bucket;
      return;
    }
    while (last.next !== undefined) last = last.next;
    last.next = bucket;
  }

  /** Forgets a bucket that is done with, if it was not forgotten before. */
  free(bucket: JoinBucket): void {
    // The oldest is the one that is complete.
    if (this.#oldest === bucket) this.#oldest = bucket.next;
    else {
      let before = this.#oldest;
      while (before !== undefined && before.next !== bucket) before = before.next;
      if (before !== undefined) before.next = bucket.next;
    }
    bucket.release();
  }

  letGo(isLate: LateCheck): number {
    let count = 0;
    for (let bucket = this.#oldest; bucket !== undefined; bucket = bucket.next) count += bucket.letGo(isLate);
    return count;
  }

  over(): void {
    this.keeper.traces--;
    this.#oldest = undefined;
    this.remember(undefined, undefined);
  }
}
