interface MaybeDisposable {
  [Symbol.asyncDispose]?(): unknown;
  [Symbol.dispose]?(): unknown;
  dispose?(): unknown;
}

/** Hears of a service that could not be disposed. */
export type DisposeFailure = (service: object, error: unknown) => void;

/** The services that were built for a flow, in the order they were finished. */
export class BuiltServices {
  readonly #services = new Set<object>();

  add(service: unknown): void {
    if (typeof service === 'object' && service !== null) this.#services.add(service);
  }

  /** Disposes the last one first, each after the one before is done. One that fails does not stop the others. */
  async dispose(onFailure: DisposeFailure): Promise<void> {
    const services = [...this.#services].reverse();
    this.#services.clear();
    for (const service of services) {
      try {
        await disposeOne(service);
      } catch (error) {
        onFailure(service, error);
      }
    }
  }
}

function disposeOne(service: MaybeDisposable): unknown {
  if (typeof service[Symbol.asyncDispose] === 'function') return service[Symbol.asyncDispose]!();
  if (typeof service[Symbol.dispose] === 'function') return service[Symbol.dispose]!();
  return typeof service.dispose === 'function' ? service.dispose() : undefined;
}
