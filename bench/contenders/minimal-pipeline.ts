import { CAPACITY, Item, type Contender, type Stage } from '../contender.js';

/** A bounded stage with one message in flight: what a flow is without traces, policy, events, cancelling and stopping. */
class Pipe {
  next: Pipe | undefined;
  previous: { onRoom(): void } | undefined;
  onResult: (item: Item) => void = () => {};
  readonly #stage: Stage;
  readonly #ring = new Array<Item | undefined>(CAPACITY);
  #head = 0;
  #size = 0;
  #busy = false;
  #parked: Item | undefined;
  readonly #ok = (item: Item): void => this.#pass(item);
  readonly #failed = (error: unknown): void => {
    throw error;
  };

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  put(item: Item): boolean {
    if (this.#size === CAPACITY) return false;
    if (!this.#busy) {
      this.#start(item);
      return true;
    }
    this.#ring[(this.#head + this.#size++) & (CAPACITY - 1)] = item;
    return true;
  }

  onRoom(): void {
    const parked = this.#parked;
    if (parked === undefined) return;
    this.#parked = undefined;
    this.next?.put(parked);
    this.#advance();
  }

  #start(item: Item): void {
    this.#busy = true;
    void this.#stage(item).then(this.#ok, this.#failed);
  }

  #pass(item: Item): void {
    if (this.next === undefined) this.onResult(item);
    else if (!this.next.put(item)) {
      this.#parked = item;
      return;
    }
    this.#advance();
  }

  #advance(): void {
    this.#busy = false;
    if (this.#size === 0) return;
    const item = this.#ring[this.#head] as Item;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (CAPACITY - 1);
    this.#size--;
    this.#start(item);
    this.previous?.onRoom();
  }
}

function chain(stages: readonly Stage[]): readonly [first: Pipe, last: Pipe] {
  const pipes = stages.map((stage) => new Pipe(stage));
  for (const [index, pipe] of pipes.entries()) {
    pipe.next = pipes[index + 1];
    pipe.previous = pipes[index - 1];
  }
  return [pipes[0] as Pipe, pipes.at(-1) as Pipe];
}

/** The limit for something with queues. */
export const minimalPipeline: Contender = {
  name: 'minimal pipeline',
  about: 'hand-written ring buffers and callbacks; no traces, policy, events or cancelling; a limit, not a peer',
  line(stages) {
    const [first, last] = chain(stages);
    return {
      call: (item) =>
        new Promise((resolve) => {
          last.onResult = resolve;
          first.put(item);
        }),
      stop() {},
    };
  },
  async pump(stages, count) {
    const [first, last] = chain(stages);
    let wake: (() => void) | undefined;
    first.previous = {
      onRoom() {
        wake?.();
        wake = undefined;
      },
    };
    let arrived = 0;
    const all = new Promise<void>((resolve) => {
      last.onResult = () => {
        if (++arrived === count) resolve();
      };
    });
    for (let n = 0; n < count; n++) {
      const item = new Item(n);
      if (first.put(item)) await Promise.resolve();
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        first.put(item);
      }
    }
    await all;
  },
  cannot: Object.fromEntries(['W3', 'W4', 'W5', 'W8'].map((id) => [id, 'not written: it is the limit of a chain'])),
};
