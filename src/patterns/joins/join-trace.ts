import type { NodeContext } from '../../ports/node-context.js';
import type { KeeperNode, LateCheck, TraceLocal } from '../../trace-local/trace-local.js';
import { BucketIndex } from './bucket-index.js';
import type { JoinBucket } from './join-bucket.js';

/** So many buckets are looked through; where there are more, they are looked up. */
const FEW = 8;

/** Whose trace it is: counts how many there are. */
export interface JoinTraces {
  traces: number;
  /** Whether it sends on what it has of a result that cannot be complete any more, or gives it up. */
  readonly sendsIncomplete: boolean;
  /** What a bucket of the trace lacks cannot come any more. */
  giveUp(trace: JoinTrace, bucket: JoinBucket): void;
  /** Parts of a bucket that waits for some time are gone. */
  waitOn(trace: JoinTrace, bucket: JoinBucket): void;
}

/** What a join keeps of one trace: its buckets, in the order in which they were begun. */
export class JoinTrace implements TraceLocal {
  next: TraceLocal | undefined;
  holding = 0;
  readonly keeper: JoinTraces;
  readonly node: KeeperNode | undefined;
  /** What completed the last result: of a node that takes one at a time, whoever comes next says that it is not tried again. */
  lastBy: NodeContext | undefined;
  lastResult: unknown;
  /** While there are few. */
  #oldest: JoinBucket | undefined;
  #index: BucketIndex | undefined;

  /** @param node - the join, where that is known */
  constructor(keeper: JoinTraces, node: KeeperNode | undefined) {
    this.keeper = keeper;
    this.node = node;
  }

  get sends(): boolean {
    return this.keeper.sendsIncomplete;
  }

  mayAct(isJoinable: boolean): boolean {
    if (!isJoinable) return true;
    if (this.node?.waitsForEmits !== false) return false;
    for (const { key } of this.#all()) if (key !== undefined) return true;
    return false;
  }

  onQuiet(isJoinable: boolean): void {
    // What is of the run may be completed by whatever joins it.
    for (const bucket of [...this.#all()])
      if (!isJoinable || bucket.key !== undefined) this.keeper.giveUp(this, bucket);
  }

  /** Keeps the result of a delivery for its retry. */
  remember(ctx: NodeContext | undefined, result: unknown): void {
    this.lastBy = ctx;
    this.lastResult = result;
  }

  /** The bucket that has this delivery already (it is a retry), else the oldest of the key that can take it. */
  find(key: unknown, place: number | undefined, delivery: number): JoinBucket | undefined {
    if (this.#index !== undefined) return this.#index.find(key, place, delivery);
    let free: JoinBucket | undefined;
    for (let bucket = this.#oldest; bucket !== undefined; bucket = bucket.next) {
      if (bucket.holds(delivery)) return bucket;
      if (free === undefined && bucket.takes(key, place)) free = bucket;
    }
    return free;
  }

  add(bucket: JoinBucket): void {
    if (this.#index !== undefined) {
      this.#index.add(bucket);
      return;
    }
    let last = this.#oldest;
    if (last === undefined) {
      this.#oldest = bucket;
      return;
    }
    let count = 1;
    for (; last.next !== undefined; count++) last = last.next;
    last.next = bucket;
    if (count < FEW) return;
    this.#index = new BucketIndex(this.#oldest);
    this.#oldest = undefined;
  }

  /** Forgets a bucket that is done with, if it was not forgotten before. */
  free(bucket: JoinBucket): void {
    if (this.#index !== undefined) this.#freeIndexed(this.#index, bucket);
    // The oldest is the one that is complete.
    else if (this.#oldest === bucket) this.#oldest = bucket.next;
    else {
      let before = this.#oldest;
      while (before !== undefined && before.next !== bucket) before = before.next;
      if (before !== undefined) before.next = bucket.next;
    }
    this.#end(bucket);
  }

  letGo(isLate: LateCheck): number {
    let count = 0;
    const left: JoinBucket[] = [];
    for (const bucket of [...this.#all()]) {
      const gone = bucket.letGo(isLate);
      count += gone;
      if (bucket.count === 0) this.#end(bucket);
      else left.push(bucket);
      if (gone > 0 && bucket.count > 0 && bucket.wait !== undefined) this.keeper.waitOn(this, bucket);
    }
    if (count === 0) return 0;
    // Which of them lack what is another matter now.
    this.#oldest = this.#index = undefined;
    for (const bucket of left) {
      bucket.next = undefined;
      this.add(bucket);
    }
    return count;
  }

  #end(bucket: JoinBucket): void {
    bucket.done = true;
    bucket.release();
  }

  *#all(): Generator<JoinBucket> {
    for (let bucket = this.#oldest; bucket !== undefined; bucket = bucket.next) yield bucket;
    yield* this.#index ?? [];
  }

  #freeIndexed(index: BucketIndex, bucket: JoinBucket): void {
    index.delete(bucket);
    if (index.size === 0) this.#index = undefined;
  }

  over(): void {
    this.keeper.traces--;
    if (this.#oldest !== undefined || this.#index !== undefined) for (const { wait } of this.#all()) wait?.end();
    this.#oldest = this.#index = undefined;
    this.remember(undefined, undefined);
  }
}
