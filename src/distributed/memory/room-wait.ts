import type { SessionCore } from './session-core.js';

/** Somebody who waits for room. */
export class RoomWait {
  readonly #session: SessionCore;
  readonly #callback: () => void;
  #isOver = false;

  constructor(session: SessionCore, callback: () => void) {
    this.#session = session;
    this.#callback = callback;
  }

  /** Calls back, once. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#session.stopsWaiting(this);
    this.#session.hears(this.#callback);
  }
}
