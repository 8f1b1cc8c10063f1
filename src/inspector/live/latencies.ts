import { HISTOGRAM_MS } from '../api-live.js';

/** The shortest time that is told apart, and how much longer than the bucket before each next one reaches. */
const SHORTEST_MS = 0.05;
const GROWTH = 2 ** 0.25;
const BUCKETS = 88;
const LOG_GROWTH = Math.log(GROWTH);
/** What stands for a bucket. */
const MIDDLES: readonly number[] = Array.from({ length: BUCKETS }, (_, place) =>
  Number((SHORTEST_MS * GROWTH ** (place - 0.5)).toPrecision(3)),
);

/** How long the attempts of a node took: since the beginning in a few buckets, and lately as finely as quantiles need it. */
export class Latencies {
  readonly histogram: number[] = Array.from({ length: HISTOGRAM_MS.length + 1 }, () => 0);
  #recent = new Uint32Array(BUCKETS);
  #before = new Uint32Array(BUCKETS);
  #recentCount = 0;
  #beforeCount = 0;

  add(ms: number): void {
    let place = 0;
    while (place < HISTOGRAM_MS.length && ms > HISTOGRAM_MS[place]!) place++;
    this.histogram[place]!++;
    this.#recent[bucketOf(ms)]!++;
    this.#recentCount++;
  }

  /** What was recent is no more, once it is the turn of the next. */
  turn(): void {
    [this.#recent, this.#before] = [this.#before, this.#recent];
    this.#beforeCount = this.#recentCount;
    this.#recentCount = 0;
    this.#recent.fill(0);
  }

  /** The time that this share of the recent attempts did not exceed, in milliseconds, to a tenth or so; null without any. */
  quantile(share: number): number | null {
    let left = Math.ceil(share * (this.#recentCount + this.#beforeCount));
    if (left === 0) return null;
    const [recent, before] = [this.#recent, this.#before];
    for (let place = 0; place < BUCKETS; place++) {
      left -= recent[place]! + before[place]!;
      if (left <= 0) return MIDDLES[place]!;
    }
    return null;
  }
}

/** Bucket i has what took up to `SHORTEST_MS * GROWTH ** i`. */
function bucketOf(ms: number): number {
  if (ms <= SHORTEST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH));
}
