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

  /** Whether any id is in use by a call that asked for its turn. Most flows have only ids that nobody writes out. */
  get areTaken(): boolean {
    return this.#waiting.size !== 0;
  }

  /** The trace has ended: the next in line begins. */
  release(traceId: string): void {
    const line = this.#waiting.get(traceId);
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
