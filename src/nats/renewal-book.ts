/** What is renewed, and since when the server is known to hold it for us. Numbers rise. */
export class RenewalBook {
  readonly #held = new Map<string, { readonly number: number; fromMs: number }>();
  #lapsedUpTo = 0;
  #last = 0;

  get size(): number {
    return this.#held.size;
  }

  /** The number of the last one that was added. */
  get last(): number {
    return this.#last;
  }

  /** A renewal reached the server when the leases of these were over: others may have them. What is younger was not. */
  get lapsedUpTo(): number {
    return this.#lapsedUpTo;
  }

  /** @param fromMs - its lease began no earlier */
  add(ack: string, number: number, fromMs: number): void {
    this.#held.set(ack, { number, fromMs });
    this.#last = number;
  }

  remove(ack: string): void {
    this.#held.delete(ack);
  }

  acks(): Iterable<string> {
    return this.#held.keys();
  }

  /** The server has a renewal that went out at `sentMs` for all up to a number, and has had it by `nowMs`. */
  renewed(upTo: number, sentMs: number, nowMs: number, leaseMs: number): void {
    for (const [ack, held] of this.#held) {
      if (held.number > upTo) continue;
      if (nowMs - held.fromMs < leaseMs) held.fromMs = Math.max(held.fromMs, sentMs);
      else {
        this.#lapsedUpTo = Math.max(this.#lapsedUpTo, held.number);
        this.#held.delete(ack);
      }
    }
  }
}
