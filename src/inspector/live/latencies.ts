import { HISTOGRAM_MS } from '../api-live.js';

/** The shortest time that is told apart, and how much longer than the bucket before each next one reaches. */
const SHORTEST_MS = 0.05;
const GROWTH = 2 ** 0.25;
const BUCKETS = 88;
const LOG_GROWTH = Math.log(GROWTH);

/** How long the attempts of a node took: since the beginning in a few buckets, and lately as finely as quantiles need it. */
export class Latencies {
  readonly histogram: number[] = Array.from({ length: HISTOGRAM_MS.length + 1 }, () => 0);
  #recent = new Uint32Array(BUCKETS);
  #before = new Uint32Array(BUCKETS);

  add(ms: number): void {
    let place = 0;
    while (place < HISTOGRAM_MS.length && ms > HISTOGRAM_MS[place]!) place++;
    this.histogram[place]!++;
    this.#recent[bucketOf(ms)]!++;
  }

  /** What was recent is no more, once it is the turn of the next. */
  turn(): void {
    [this.#recent, this.#before] = [this.#before, this.#recent];
    this.#recent.fill(0);
  }

  /** The times that these shares of the recent attempts did not exceed, in milliseconds, to a tenth or so; null without any. */
  quantiles(shares: readonly number[]): readonly (number | null)[] {
    let count = 0;
    for (let place = 0; place < BUCKETS; place++) count += this.#recent[place]! + this.#before[place]!;
    if (count === 0) return shares.map(() => null);
    return shares.map((share) => {
      let left = Math.ceil(share * count);
      for (let place = 0; place < BUCKETS; place++) {
        left -= this.#recent[place]! + this.#before[place]!;
        if (left <= 0) return Number((SHORTEST_MS * GROWTH ** (place - 0.5)).toPrecision(3));
      }
      return null;
    });
  }
}

/** Bucket i has what took up to `SHORTEST_MS * GROWTH ** i`. */
function bucketOf(ms: number): number {
  if (ms <= SHORTEST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH));
}
