import type { WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import { offerFrom, type Outlet } from './outlet.js';
import type { TraceRegistry } from '../trace/trace-registry.js';

/**
 * Puts one message into several outlets, one after the other, and waits where there is no room.
 *
 * A message that waits for room counts as pending, so its trace stays active meanwhile.
 */
export class PendingEmit<Answer = undefined> implements WaitingPut<Parcel> {
  readonly item: Parcel;
  readonly done: Promise<Answer>;
  readonly #answer: Answer;
  readonly #outlets: readonly Outlet[];
  readonly #traces: TraceRegistry;
  #at: number;
  #resolve!: (answer: Answer) => void;
  #reject!: (reason: unknown) => void;
  #onSettled: (() => void) | undefined;

  private constructor(parcel: Parcel, outlets: readonly Outlet[], at: number, traces: TraceRegistry, answer: Answer) {
    this.item = parcel;
    this.#outlets = outlets;
    this.#at = at;
    this.#traces = traces;
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
    const put = new PendingEmit(parcel, outlets, at, traces, answer);
    outlets[at]?.park(put);
    return put;
  }

  onSettled(cleanUp: () => void): void {
    this.#onSettled = cleanUp;
  }

  onAdmitted(): void {
    this.#at = offerFrom(this.item, this.#outlets, this.#at + 1);
    if (this.#at === this.#outlets.length) {
      this.#onSettled?.();
      this.#resolve(this.#answer);
    } else {
      this.#outlets[this.#at]?.park(this);
    }
  }

  onDropped(reason: unknown): void {
    this.#onSettled?.();
    this.#reject(reason);
    this.#traces.release(this.item.envelope.trace);
  }

  /** Leaves the line: whoever emitted does not want it any more. */
  abandon(reason: unknown): void {
    if (this.#outlets[this.#at]?.withdraw(this) === true) this.onDropped(reason);
  }
}
