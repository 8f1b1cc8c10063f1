import type { NodePolicy } from '../../ports/node-policy.js';

/** For how many messages after a failure: a microtask costs a twentieth of what it saves where the next one fails as well. */
const DEFERRED_AFTER_FAILURE = 16;
/** More than a carrier lets stand before a node. */
const DEFERRED_FOR_RESUMED = 256;

/**
 * Whether a node takes its next message up in a microtask of its own, and not where the message came from.
 *
 * That makes a failing attempt cheaper (docs/performance.md, "frames") and costs a microtask, so only a node that failed lately
 * defers.
 */
export class DeferredStart {
  /** How many messages make the node too busy to take one up where that comes from: its concurrency, and 0 while it defers or is shut. */
  busyAt: number;
  #left = 0;
  #isShut = false;
  readonly #concurrency: number;
  readonly #possible: boolean;

  constructor({ concurrency, maxPerS }: NodePolicy) {
    this.busyAt = concurrency;
    this.#concurrency = concurrency;
    // While the message waits for its microtask it has the only slot, so that no other one overtakes it.
    this.#possible = concurrency === 1 && maxPerS === undefined;
  }

  /** An attempt has thrown. */
  noteFailure(): void {
    if (!this.#possible) return;
    this.#left = DEFERRED_AFTER_FAILURE;
    this.busyAt = 0;
  }

  /** Somewhere before the node is a message whose attempts go on with a later one, which only those that defer look at. */
  expectResumed(): void {
    this.#left = Math.max(this.#left, DEFERRED_FOR_RESUMED);
    this.busyAt = 0;
  }

  /** Whether the node takes no message up but what it has taken off its floes itself. */
  shut(isShut: boolean): void {
    if (this.#isShut === isShut) return;
    this.#isShut = isShut;
    this.#setBusyAt();
  }

  /** Asked once per message. */
  isDue(): boolean {
    if (this.#left === 0) return false;
    if (--this.#left === 0) this.#setBusyAt();
    return true;
  }

  #setBusyAt(): void {
    this.busyAt = this.#left !== 0 || this.#isShut ? 0 : this.#concurrency;
  }
}
