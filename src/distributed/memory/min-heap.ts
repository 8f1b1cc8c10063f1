/** Gives the least of what is in it first: by a number that does not change while an item is in it. */
export class MinHeap<T> {
  readonly #items: T[] = [];
  readonly #keyOf: (item: T) => number;

  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = items.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#keyOf(items[parent]!) <= key) break;
      items[index] = items[parent]!;
      index = parent;
    }
    items[index] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
    return least;
  }

  /** Puts an item in the place of the first one, and down to where it belongs. */
  #sink(item: T): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const child = right < items.length && this.#keyOf(items[right]!) < this.#keyOf(items[left]!) ? right : left;
      if (this.#keyOf(items[child]!) >= key) break;
      items[index] = items[child]!;
      index = child;
    }
    items[index] = item;
  }
}
