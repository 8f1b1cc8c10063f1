/** The open ends of a root: it is over when all that were opened are closed (D18). */
export class TokenSet {
  /** True: open; false: closed. A close may come before its open. */
  readonly #tokens = new Map<string, boolean>();
  #open = 0;

  get isOver(): boolean {
    return this.#open === 0;
  }

  open(token: string): void {
    if (this.#tokens.has(token)) return;
    this.#tokens.set(token, true);
    this.#open++;
  }

  close(token: string): void {
    if (this.#tokens.get(token) === true) this.#open--;
    this.#tokens.set(token, false);
  }
}
