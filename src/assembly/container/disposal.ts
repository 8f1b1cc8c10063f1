interface MaybeDisposable {
  [Symbol.asyncDispose]?(): unknown;
  [Symbol.dispose]?(): unknown;
  dispose?(): unknown;
}

/** Hears of a service that could not be disposed. */
export type DisposeFailure = (service: object, error: unknown) => void;

/** How long services may take to be disposed of, all together. */
export interface DisposeTime {
  /** Whether something is done while there is time. */
  holds(running: Promise<unknown>): Promise<boolean>;
}

/** For those who wait however long it takes. */
export const UNLIMITED: DisposeTime = { holds: (running) => running.then(() => true) };

/** The services that were built for a flow, in the order they were finished. */
export class BuiltServices {
  readonly #services = new Set<object>();
  /** What others gave to the flow, which a factory of its own may hand on, and what has been disposed of. */
  readonly #others = new WeakSet<object>();

  /** Notes what was built for the flow, and gives it back. */
  add<T>(service: T): T {
    if (isObject(service) && !this.#others.has(service)) this.#services.add(service);
    return service;
  }

  /** Notes what is not the flow's to dispose of, and gives it back. */
  lend<T>(service: T): T {
    if (isObject(service) && !this.#services.has(service)) this.#others.add(service);
    return service;
  }

  /**
   * Disposes the last one first, each after the one before is done or given up; what is built meanwhile, too. One that fails or hangs does
   * not stop the others. Returns the class names of those that were given up.
   */
  async dispose(onFailure: DisposeFailure, time: DisposeTime): Promise<readonly string[]> {
    const stuck: string[] = [];
    while (this.#services.size > 0) {
      const services = [...this.#services].reverse();
      this.#services.clear();
      for (const service of services) this.#others.add(service);
      for (const service of services) {
        const disposed = disposeOne(service).catch((error: unknown) => onFailure(service, error));
        if (!(await time.holds(disposed))) stuck.push(nameOf(service));
      }
    }
    return stuck;
  }
}

/** The class of a service, for messages. */
export function nameOf(service: object): string {
  return service.constructor?.name || 'Object';
}

function isObject(service: unknown): service is object {
  return typeof service === 'object' && service !== null;
}

async function disposeOne(service: MaybeDisposable): Promise<unknown> {
  if (typeof service[Symbol.asyncDispose] === 'function') return service[Symbol.asyncDispose]!();
  if (typeof service[Symbol.dispose] === 'function') return service[Symbol.dispose]!();
  // One that wants an argument disposes of something else.
  return typeof service.dispose === 'function' && service.dispose.length === 0 ? service.dispose() : undefined;
}
