import { isInvalidInput } from '../../errors/invalid-input.js';
import type { FlowError } from '../../errors/flow-error.js';
import type { RunKind, RunStatus } from '../../ports/run-kind.js';
import type { SentMessage } from './sent-message.js';

/** What is counted of a run while somebody wants to know how it ends. */
export class RunAccount {
  #sent = 0;
  /** Of those the ones that a node gave itself of what it had kept. */
  resent = 0;
  /** The first one, which came from outside. */
  first: SentMessage | undefined;
  /** Messages that nodes took. */
  messages = 0;
  attempts = 0;
  retries = 0;
  /** What reached the egress, chunks aside. */
  results = 0;
  /** Messages that failed for good. */
  failures = 0;
  /** Parts that a join gave up. */
  incomplete = 0;
  /** Messages that a cancel, a failure or a stop dropped. */
  dropped = 0;
  /** Since when nothing of it is under way but results that nobody has taken; NaN while something is. Monotonic. */
  quietMs = Number.NaN;
  /** Its work is done in other processes, where it is counted. */
  isElsewhere = false;
  /** The flow stopped before it was over. */
  stopped = false;
  /** The first failure, and the first of those that the caller, or nobody, had an answer before. */
  firstFailure: FlowError | undefined;
  #decisive: FlowError | undefined;
  #isLate = false;
  #cancelReason: string | undefined;

  /**
   * @param kind - undefined when nobody listened yet when it began: nothing was counted
   * @param beganMs - monotonic
   * @param hadFailed - before anything was counted
   */
  constructor(
    readonly kind: RunKind | undefined,
    readonly beganMs: number,
    readonly hadFailed = false,
  ) {}

  /** A message is sent: gives its number. */
  sends(): number {
    return ++this.#sent;
  }

  /** An attempt begins. */
  begin(attempt: number): void {
    this.attempts++;
    if (attempt === 0) this.messages++;
  }

  /**
   * A message of it has failed for good.
   *
   * @param isAnswered - whether the caller had its answer before
   */
  fail(error: FlowError, isAnswered: boolean): void {
    this.failures++;
    this.firstFailure ??= error;
    if (isAnswered) return;
    this.#decisive ??= error;
    if (error.code === 'DEADLINE_EXCEEDED') this.#isLate = true;
  }

  /** Its time is up, whatever of it still was under way. */
  expire(error: FlowError): void {
    this.#decisive ??= error;
    this.firstFailure ??= error;
    this.#isLate = true;
  }

  /**
   * It was cancelled; when its time is up, that is only how it ends.
   *
   * @param dropped - messages that go with it
   */
  cancel(reason: string, dropped: number): void {
    if (!this.#isLate) this.#cancelReason ??= reason;
    this.dropped += dropped;
  }

  /** Why it was cancelled. */
  get cancelReason(): string | undefined {
    return this.#cancelReason;
  }

  get status(): RunStatus {
    if (this.#decisive !== undefined && isInvalidInput(this.#decisive)) return 'rejected';
    if (this.stopped) return 'stopped';
    if (this.#cancelReason !== undefined) return 'cancelled';
    if (this.#isLate) return 'deadline';
    return this.#decisive === undefined && !this.hadFailed ? 'succeeded' : 'failed';
  }
}
