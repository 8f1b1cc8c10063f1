import type { DependencyContainer } from 'tsyringe';

/**
 * Knows what was thrown first while a container builds something: tsyringe passes on the words of it for each class on the way, and
 * drops the error with its stack.
 */
export class FirstFailure {
  #first: { readonly thrown: unknown } | undefined;

  /** @param container - its `resolve`, by which tsyringe asks for each service on the way, is watched */
  constructor(container: DependencyContainer) {
    const resolve = container.resolve.bind(container) as (...args: unknown[]) => unknown;
    container.resolve = ((...args: unknown[]) => {
      try {
        const service = resolve(...args);
        // Somebody has made do without what failed.
        this.#first = undefined;
        return service;
      } catch (error) {
        this.#first ??= { thrown: error };
        throw error;
      }
    }) as DependencyContainer['resolve'];
  }

  /** What was thrown first on the way to an error. */
  take(error: unknown): unknown {
    const thrown = this.#first === undefined ? error : this.#first.thrown;
    this.#first = undefined;
    return thrown;
  }
}
