/** Lines that wait for a destination: first in, first out, with a bound on their text. */
export class LineQueue<T> {
  #items: (T | undefined)[] = [];
  #weights: number[] = [];
  #head = 0;
  #chars = 0;
  /** Most text that waits, in characters. */
  maxChars: number;

  constructor(maxChars: number) {
    this.maxChars = maxChars;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Whether there is so much room again that a notice about lost lines is worth its place. */
  get isRelaxed(): boolean {
    return this.#chars * 2 <= this.maxChars;
  }

  /** False when the item does not fit; an empty queue takes any item. */
  push(item: T, chars: number): boolean {
    if (this.#chars + chars > this.maxChars && this.length > 0) return false;
    this.#items.push(item);
    this.#weights.push(chars);
    this.#chars += chars;
    return true;
  }

  /** Takes the first ones, of about that many characters together. */
  take(chars: number): T[] {
    let end = this.#head;
    for (let left = chars; end < this.#items.length && left > 0; end++) left -= this.#weights[end]!;
    const taken = this.#items.slice(this.#head, end) as T[];
    for (; this.#head < end; this.#head++) this.#chars -= this.#weights[this.#head]!;
    if (end === this.#items.length) this.#reset();
    else this.#compact();
    return taken;
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#chars -= this.#weights[this.#head]!;
    this.#head++;
    if (this.#head === this.#items.length) this.#reset();
    else if (this.#head > 1024 && this.#head * 2 > this.#items.length) this.#compact();
    return item;
  }

  /** Forgets everything and tells how many there were. */
  clear(): number {
    const count = this.length;
    this.#reset();
    return count;
  }

  #reset(): void {
    this.#items = [];
    this.#weights = [];
    this.#head = 0;
    this.#chars = 0;
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#head);
    this.#weights = this.#weights.slice(this.#head);
    this.#head = 0;
  }
}
