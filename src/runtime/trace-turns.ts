/** Lets calls that share a trace id take turns; calls with ids of their own never get here. */
export class TraceTurns {
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * Resolves when it is this call's turn; undefined when it may go at once.
   *
   * @param inUse - whether a call has this id already: one that got it as a fresh id has not asked for a turn
   */
  take(traceId: string, inUse: boolean): Promise<void> | undefined {
    let line = this.#waiting.get(traceId);
    if (line === undefined) {
      line = [];
      this.#waiting.set(traceId, line);
      if (!inUse) return undefined;
    }
    const waiting = line;
    return new Promise((resolve) => {
      waiting.push(resolve);
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
