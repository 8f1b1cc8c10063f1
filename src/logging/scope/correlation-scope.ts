import { AsyncLocalStorage } from 'node:async_hooks';
import type { CorrelationScope, LogFields } from '../../ports/flow-log.js';
import { processWide } from './process-wide.js';

/**
 * The fields of the attempt that runs now, for lines written anywhere below it.
 *
 * The first `run` of an `AsyncLocalStorage` makes every promise of the process cost more on Node 20, so the runtime
 * enters it only while a correlated logger exists.
 */
class AttemptScope implements CorrelationScope {
  readonly #storage = new AsyncLocalStorage<LogFields | undefined>();
  #isHeld = false;
  #isForbidden = false;

  run<R>(fields: LogFields | undefined, body: () => R): R {
    return this.#storage.run(fields, body);
  }

  /** The fields of the attempt around the caller. */
  get current(): LogFields | undefined {
    return this.isHeld ? this.#storage.getStore() : undefined;
  }

  get isHeld(): boolean {
    return this.#isHeld && !this.#isForbidden;
  }

  /** A correlated logger exists from now on; nobody can tell when the last line of one was written. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Whether it may be entered at all: `correlation` of `configureLogging`. Where it may, that is enough to enter it. */
  set isAllowed(isAllowed: boolean) {
    this.#isForbidden = !isAllowed;
    if (isAllowed) this.hold();
  }
}

/** The one scope of the process: attempts of all flows enter it, correlated loggers read it. */
export const attemptScope = processWide('attempt-scope', () => new AttemptScope());

/** The scope the runtime enters around each attempt, or undefined while no correlated logger exists. */
export function activeCorrelation(): CorrelationScope | undefined {
  return attemptScope.isHeld ? attemptScope : undefined;
}
