import type { Parcel } from './envelope.js';

/** Somebody who waits for one result. Settles once; later calls do nothing. */
export class ResultWaiter {
  readonly promise: Promise<Parcel>;
  settled = false;
  #resolve!: (parcel: Parcel) => void;
  #reject!: (error: unknown) => void;
  #cleanUp: (() => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Runs once when it settles, either way: takes timers and signal listeners off. */
  onSettled(cleanUp: () => void): void {
    const before = this.#cleanUp;
    this.#cleanUp =
      before === undefined
        ? cleanUp
        : () => {
            before();
            cleanUp();
          };
  }

  resolve(parcel: Parcel): void {
    if (this.#settle()) this.#resolve(parcel);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#cleanUp?.();
    return true;
  }
}
