import type { FlowError } from '../../errors/flow-error.js';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import { onAbort } from '../../scheduling/on-abort.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { FlowCore } from '../core/flow-core.js';

/** What bounds one try. */
export interface TryLimits {
  readonly core: Pick<FlowCore, 'runQueue' | 'wheel'>;
  readonly timeoutMs: number | undefined;
  /** The signal that the policy hands on; undefined for one that ends with the call anyway. */
  readonly policySignal: AbortSignal | undefined;
  /** Makes the error for a try that took too long. */
  readonly tooLong: () => FlowError;
  readonly onOver: () => void;
}

/** One call of the function: settles once, whatever the function does later. */
export class DependencyTry<T> {
  readonly promise: Promise<T>;
  readonly #controller = new AbortController();
  readonly #limits: TryLimits;
  readonly #timer: WheelEntry | undefined;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  readonly #unlink: (() => void) | undefined;
  #isOver = false;

  constructor(limits: TryLimits) {
    this.#limits = limits;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { core, timeoutMs, policySignal } = limits;
    if (timeoutMs !== undefined) {
      this.#timer = new WheelEntry(() => this.#expire());
      core.wheel.schedule(this.#timer, timeoutMs);
    }
    if (policySignal === undefined) return;
    const abort = (): void => this.#controller.abort(policySignal.reason);
    if (policySignal.aborted) abort();
    else this.#unlink = onAbort(policySignal, abort);
  }

  /** Calls the function. */
  start(run: (signal: AbortSignal) => PromiseLike<T> | T): void {
    try {
      const answer = run(this.#controller.signal);
      if (!isThenable(answer)) this.#succeed(answer);
      else
        toPromise(answer as PromiseLike<T>).then(
          (value) => this.#succeed(value),
          (error: unknown) => this.#fail(error),
        );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Gives up on the function: its signal aborts, and what it does later reaches nobody. */
  abandon(reason: unknown): void {
    if (this.#isOver) return;
    this.#fail(reason);
    this.#controller.abort(reason);
  }

  #expire(): void {
    const { core, tooLong } = this.#limits;
    core.runQueue.enter();
    try {
      this.abandon(tooLong());
    } finally {
      core.runQueue.leave();
    }
  }

  #succeed(value: T): void {
    if (this.#close()) this.#resolve(value);
  }

  #fail(error: unknown): void {
    if (this.#close()) this.#reject(error);
  }

  /** False when it was over before. */
  #close(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#unlink?.();
    if (this.#timer !== undefined) this.#limits.core.wheel.cancel(this.#timer);
    this.#limits.onOver();
    return true;
  }
}
