/**
 * Knows what was thrown first while a container builds something: tsyringe passes on the words of it for each class on the way, and
 * drops the error with its stack.
 */
export class FirstFailure {
  #first: { readonly thrown: unknown } | undefined;
  #depth = 0;

  /** How many services are being resolved, one for another. */
  get depth(): number {
    return this.#depth;
  }

  /** Watches one of tsyringe's ways to ask for a service. */
  watch<T>(resolve: () => T): T {
    this.#depth++;
    try {
      const service = resolve();
      // Somebody has made do without what failed.
      this.#first = undefined;
      return service;
    } catch (error) {
      this.#first ??= { thrown: error };
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** What was thrown first on the way to an error. */
  take(error: unknown): unknown {
    const thrown = this.#first === undefined ? error : this.#first.thrown;
    this.#first = undefined;
    return thrown;
  }
}
