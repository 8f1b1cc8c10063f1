import type { JoinBucket } from './join-bucket.js';

/** The buckets of one key, in the order in which they were begun. */
class BucketLine {
  #first: JoinBucket | undefined;
  #last: JoinBucket | undefined;
  /** By place, a bucket before which none lacks it: what arrives at a place fills one bucket after the other. */
  readonly #reached: (JoinBucket | undefined)[] = [];

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** The oldest that can take a part. */
  lacking(place: number | undefined): JoinBucket | undefined {
    // One that takes any part is done with when it is full.
    if (place === undefined) return this.#first;
    let bucket = this.#reached[place] ?? this.#first;
    while (bucket !== undefined && !bucket.lacks(place)) {
      this.#reached[place] = bucket;
      bucket = bucket.next;
    }
    return bucket;
  }

  add(bucket: JoinBucket): void {
    bucket.next = undefined;
    if (this.#last === undefined) this.#first = bucket;
    else this.#last.next = bucket;
    this.#last = bucket;
  }

  delete(bucket: JoinBucket): void {
    const before = this.#first === bucket ? undefined : this.#before(bucket);
    if (before === undefined) this.#first = bucket.next;
    else before.next = bucket.next;
    if (this.#last === bucket) this.#last = before;
    for (const [place, reached] of this.#reached.entries()) {
      if (reached === bucket) this.#reached[place] = bucket.next ?? before;
    }
  }

  /** Only with `timeoutS` one is done with before those that were begun earlier. */
  #before(bucket: JoinBucket): JoinBucket | undefined {
    let before = this.#first;
    while (before !== undefined && before.next !== bucket) before = before.next;
    return before;
  }
}

/** The buckets of a run that has many of them: each step takes the same time, however many there are. */
export class BucketIndex {
  readonly #all = new Set<JoinBucket>();
  readonly #lines = new Map<unknown, BucketLine>();
  readonly #byDelivery = new Map<number, JoinBucket>();

  /** @param oldest - those there are so far, linked */
  constructor(oldest: JoinBucket | undefined) {
    let next: JoinBucket | undefined;
    for (let bucket = oldest; bucket !== undefined; bucket = next) {
      next = bucket.next;
      this.add(bucket);
    }
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<JoinBucket> {
    return this.#all.values();
  }

  /** The bucket that has this delivery already, else the oldest of the key that can take it: it has it from now on. */
  find(key: unknown, place: number | undefined, delivery: number): JoinBucket | undefined {
    const before = this.#byDelivery.get(delivery);
    if (before !== undefined) return before;
    const free = this.#lines.get(key)?.lacking(place);
    if (free !== undefined) this.#byDelivery.set(delivery, free);
    return free;
  }

  /** Adds a bucket with what has arrived for it, or is about to. */
  add(bucket: JoinBucket): void {
    this.#all.add(bucket);
    this.#byDelivery.set(bucket.first.delivery, bucket);
    for (const delivery of bucket.deliveries()) this.#byDelivery.set(delivery, bucket);
    let line = this.#lines.get(bucket.key);
    if (line === undefined) this.#lines.set(bucket.key, (line = new BucketLine()));
    line.add(bucket);
  }

  delete(bucket: JoinBucket): void {
    if (!this.#all.delete(bucket)) return;
    for (const delivery of bucket.deliveries()) this.#byDelivery.delete(delivery);
    const line = this.#lines.get(bucket.key) as BucketLine;
    line.delete(bucket);
    if (line.isEmpty) this.#lines.delete(bucket.key);
  }
}
