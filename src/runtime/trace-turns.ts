/** Lets calls that share a trace id take turns; calls with ids of their own never get here. */
export class TraceTurns {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Resolves when it is this call's turn; undefined when it may go at once. */
  take(traceId: string): Promise<void> | undefined {
    const line = this.#waiting.get(traceId);
    if (line === undefined) {
      this.#waiting.set(traceId, []);
      return undefined;
    }
    return new Promise((resolve) => {
      line.push(resolve);
    });
  }

  /** The trace has ended: the next in line begins. */
  release(traceId: string): void {
    // A fresh id has to be flattened and hashed to be looked up, and most flows have only such ids.
    const line = this.#waiting.size === 0 ? undefined : this.#waiting.get(traceId);
    if (line === undefined) return;
    const next = line.shift();
    if (next === undefined) this.#waiting.delete(traceId);
    else next();
  }

  /** The flow has stopped: everybody goes, and finds it stopped. */
  releaseAll(): void {
    for (const line of this.#waiting.values()) for (const next of line) next();
    this.#waiting.clear();
  }
}
