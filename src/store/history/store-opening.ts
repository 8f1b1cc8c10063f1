import type { StoreTrouble } from './store-trouble.js';

/** Brings a store up, however long that takes, and tells those who do not want to wait so long. */
export class StoreOpening {
  isOpen = false;
  readonly #open: () => Promise<void>;
  readonly #trouble: StoreTrouble;
  #opening: Promise<void> | undefined;
  /** Why it did not open the last time. */
  #failure: Error | undefined;
  #onFailure: ((error: Error) => void)[] = [];

  constructor(open: () => Promise<void>, trouble: StoreTrouble) {
    this.#open = open;
    this.#trouble = trouble;
  }

  get hasBegun(): boolean {
    return this.#opening !== undefined;
  }

  /** Resolves when it is up; never rejects. */
  begin(): Promise<void> {
    this.#opening ??= this.#trouble.untilItWorks('open', () => this.#try());
    return this.#opening;
  }

  /**
   * Resolves when it is up; rejects when a try fails, or the last one has.
   * @throws what `open` of the store throws
   */
  opened(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    const failed = new Promise<never>((_resolve, reject) => {
      if (this.#failure === undefined) this.#onFailure.push(reject);
      else reject(this.#failure);
    });
    return Promise.race([this.begin(), failed]);
  }

  async #try(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#failure = failure;
      for (const reject of this.#onFailure.splice(0)) reject(failure);
      throw error;
    }
    this.isOpen = true;
    this.#failure = undefined;
    this.#onFailure = [];
  }
}
