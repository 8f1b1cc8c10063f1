import type { Parcel } from '../trace/envelope.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import { offerFrom, type Outlet } from './outlet.js';
import { PendingDelivery } from './pending-delivery.js';

/** An emit that waits for room: somebody awaits it. */
export class PendingEmit<Answer = undefined> extends PendingDelivery {
  readonly done: Promise<Answer>;
  readonly #answer: Answer;
  #resolve!: (answer: Answer) => void;
  #reject!: (reason: unknown) => void;
  #onSettled: (() => void) | undefined;

  constructor(traces: TraceRegistry, answer: Answer) {
    super(traces);
    this.#answer = answer;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Puts the parcel everywhere there is room; what comes back waits for the rest, undefined when nothing does.
   *
   * @param answer - what `done` resolves with
   */
  static start<Answer>(
    parcel: Parcel,
    outlets: readonly Outlet[],
    traces: TraceRegistry,
    answer: Answer,
  ): PendingEmit<Answer> | undefined {
    const at = offerFrom(parcel, outlets, 0);
    if (at === outlets.length) return undefined;
    const emit = new PendingEmit(traces, answer);
    emit.wait(parcel, outlets, at);
    return emit;
  }

  onSettled(cleanUp: () => void): void {
    this.#onSettled = cleanUp;
  }

  onDelivered(): void {
    this.#onSettled?.();
    this.#resolve(this.#answer);
  }

  onGivenUp(reason: unknown): void {
    this.#onSettled?.();
    this.#reject(reason);
  }

  /** Leaves the line: whoever emitted does not want it any more. */
  abandon(reason: unknown): void {
    if (this.leaveLine()) this.onDropped(reason);
  }
}
