/**
 * Lets messages run together, except for one that may have killed a process before: that one runs alone, so that nobody else is killed with it, or blamed (D12).
 */
export class Isolation {
  #running = 0;
  #isAlone = false;
  readonly #alone: (() => void)[] = [];
  readonly #together: (() => void)[] = [];

  /** Runs it, now or when whoever runs alone has ended. It says `ended` when it has. */
  together(start: () => void): void {
    // Those who are to run alone would never get a turn if others went on before them.
    if (this.#isAlone || this.#alone.length !== 0) this.#together.push(start);
    else this.#start(start);
  }

  /** Runs it when nothing else does. */
  alone(start: () => void): void {
    this.#alone.push(start);
    this.#next();
  }

  ended(): void {
    this.#running--;
    if (this.#running === 0) this.#isAlone = false;
    this.#next();
  }

  /** What waits for its turn, which it does not get any more. */
  clear(): void {
    this.#alone.length = this.#together.length = 0;
  }

  #next(): void {
    if (this.#isAlone) return;
    if (this.#alone.length !== 0) {
      if (this.#running !== 0) return;
      this.#isAlone = true;
      this.#start(this.#alone.shift() as () => void);
      return;
    }
    for (const start of this.#together.splice(0)) this.#start(start);
  }

  #start(start: () => void): void {
    this.#running++;
    start();
  }
}
