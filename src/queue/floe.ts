import { Line, LineMember } from './line.js';
import { QueueMarks } from './queue-marks.js';

/** Somebody who waits for room; the floe moves `item` in and says so. Leaves the line with `leaveLine`. */
export abstract class WaitingPut<T> extends LineMember {
  abstract readonly item: T;
  /** The item is in the floe now. */
  abstract onAdmitted(): void;
  /** The item was taken out of the line instead. */
  abstract onDropped(reason: unknown): void;
}

/** The one that takes from a floe; told that there is something, and expected to take it later, not inside the call. */
export interface FloeConsumer {
  onArrival(): void;
}

/** Somebody who knows items by their place: how many have left by the front before them. */
export interface FloeFollower {
  /** The item at `index` is about to leave by the front. */
  onMovedToFront(taken: number, index: number): void;
  /** The items at these indexes are gone. */
  onRemoved(taken: number, indexes: readonly number[]): void;
}

const FIRST_SIZE = 16;

function never(): boolean {
  return false;
}

/**
 * A floe: the bounded FIFO queue on one edge of the graph.
 *
 * A ring buffer with a synchronous fast path: an `offer` into a floe with room and a `take` from a floe with items make
 * no promise and allocate nothing. Whoever finds it full waits in line with `park`, and nobody overtakes the line.
 */
export class Floe<T> {
  /** Items it holds at most; Infinity when unbounded. */
  readonly capacity: number;
  /** Items that have left by the front. */
  taken = 0;

  #ring: (T | undefined)[] = new Array<T | undefined>(FIRST_SIZE).fill(undefined);
  #head = 0;
  #size = 0;
  readonly #waiting = new Line<WaitingPut<T>>();
  readonly #consumer: FloeConsumer | undefined;
  readonly #isGone: (item: T) => boolean;
  /** Whether some of the items may be gone. */
  #mayHaveGone = false;
  /** When items came; kept for whoever asks how long they have waited. */
  #marks: QueueMarks | undefined;
  #follower: FloeFollower | undefined;

  /**
   * @param maxsize - capacity in items; 0 or less means unbounded
   * @param consumer - told after every arrival
   * @param isGone - whether an item has become nobody's; asked after `noteGone`
   */
  constructor(maxsize: number, consumer?: FloeConsumer, isGone: (item: T) => boolean = never) {
    this.capacity = maxsize > 0 ? maxsize : Number.POSITIVE_INFINITY;
    this.#consumer = consumer;
    this.#isGone = isGone;
  }

  /** The oldest item; undefined when there is none. */
  get first(): T | undefined {
    return this.size === 0 ? undefined : this.#ring[this.#head];
  }

  /** Items in the floe; those that are gone, or wait for room, do not count. */
  get size(): number {
    return this.#mayHaveGone ? this.#compact() : this.#size;
  }

  /** Items it holds, those that are gone included. */
  get held(): number {
    return this.#size;
  }

  /** Items that have become nobody's lie here: they are skipped, and no longer counted. */
  noteGone(): void {
    if (this.#size !== 0) this.#mayHaveGone = true;
  }

  /** Throws away what is gone, and lets in those who wait for that room. */
  sweep(): void {
    if (this.#mayHaveGone) this.#compact();
    // Somebody may have asked for the size, and thereby made room, before.
    if (this.#waiting.size !== 0) this.#admit();
  }

  /** Remembers how far the floe reaches now, for `headAgeMs`. */
  mark(nowMs: number): void {
    const { size } = this;
    if (size === 0) this.#marks = undefined;
    else (this.#marks ??= new QueueMarks()).add(this.taken, this.taken + size, nowMs);
  }

  /** How long the oldest item has been here, short by the time between two marks at most; 0 when nothing is, or no mark. */
  headAgeMs(nowMs: number): number {
    return this.size === 0 || this.#marks === undefined ? 0 : this.#marks.ageMs(this.taken, nowMs);
  }

  /** Puts that wait for room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The put that came last of those that wait for room; the others stand before it. */
  get lastWaiting(): WaitingPut<T> | undefined {
    return this.#waiting.last;
  }

  get hasRoom(): boolean {
    return this.#waiting.size === 0 && this.size < this.capacity;
  }

  /** Tells somebody of items that are taken out of their turn. */
  follow(follower: FloeFollower): void {
    this.#follower = follower;
  }

  /** Puts an item at the end; false when there is no room or others wait for it. */
  offer(item: T): boolean {
    if (this.#waiting.size !== 0 || (this.#size >= this.capacity && this.size >= this.capacity)) return false;
    this.#push(item);
    this.#consumer?.onArrival();
    return true;
  }

  /** Waits in line for room. */
  park(put: WaitingPut<T>): void {
    this.#waiting.push(put);
  }

  /** Takes the oldest item, and lets the first in line in. */
  take(): T | undefined {
    while (this.#size !== 0) {
      const ring = this.#ring;
      const item = ring[this.#head] as T;
      ring[this.#head] = undefined;
      this.#head = (this.#head + 1) & (ring.length - 1);
      this.#size--;
      this.taken++;
      if (this.#waiting.size !== 0) this.#admit();
      if (!this.#mayHaveGone || !this.#isGone(item)) return item;
    }
    this.#mayHaveGone = false;
    return undefined;
  }

  /** Takes the oldest item that matches, keeping the order of the rest. */
  takeFirst(matches: (item: T) => boolean): T | undefined {
    if (this.#mayHaveGone) this.#compact();
    const mask = this.#ring.length - 1;
    for (let index = 0; index < this.#size; index++) {
      const item = this.#ring[(this.#head + index) & mask] as T;
      if (!matches(item)) continue;
      // What stood before it moves up by one place; then the first place is free.
      for (let before = index; before > 0; before--) {
        this.#ring[(this.#head + before) & mask] = this.#ring[(this.#head + before - 1) & mask];
      }
      this.#ring[this.#head] = item;
      this.#marks?.onMovedToFront(this.taken, index);
      this.#follower?.onMovedToFront(this.taken, index);
      return this.take();
    }
    return undefined;
  }

  /** Removes the items that match, keeping the order of the rest, and returns them in order. */
  remove(matches: (item: T) => boolean): T[] {
    if (this.#mayHaveGone) this.#compact();
    const removed = this.#removeQuietly(matches);
    if (removed.length !== 0 && this.#waiting.size !== 0) this.#admit();
    return removed;
  }

  /** Throws away what is gone; lets nobody in, which may run anything. Returns how many are left. */
  #compact(): number {
    this.#mayHaveGone = false;
    this.#removeQuietly(this.#isGone);
    return this.#size;
  }

  #removeQuietly(matches: (item: T) => boolean): T[] {
    const removed: T[] = [];
    const isFollowed = this.#marks !== undefined || this.#follower !== undefined;
    const places: number[] | undefined = isFollowed ? [] : undefined;
    const mask = this.#ring.length - 1;
    let kept = 0;
    for (let index = 0; index < this.#size; index++) {
      const item = this.#ring[(this.#head + index) & mask] as T;
      if (matches(item)) {
        removed.push(item);
        places?.push(index);
      } else this.#ring[(this.#head + kept++) & mask] = item;
    }
    for (let index = kept; index < this.#size; index++) this.#ring[(this.#head + index) & mask] = undefined;
    this.#size = kept;
    if (places !== undefined && places.length !== 0) {
      this.#marks?.onRemoved(this.taken, places);
      this.#follower?.onRemoved(this.taken, places);
    }
    return removed;
  }

  /** Takes the waiting puts that match off the line, in order; the caller tells them. */
  removeWaiting(matches: (item: T) => boolean): WaitingPut<T>[] {
    if (this.#waiting.size === 0) return [];
    // Asked once each: `matches` may remember what it has said yes to.
    const removed = this.#waiting.members().filter((put) => matches(put.item));
    for (const put of removed) this.#waiting.remove(put);
    return removed;
  }

  #push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size++;
  }

  #admit(): void {
    while (this.#size < this.capacity) {
      const put = this.#waiting.shift();
      if (put === undefined) return;
      this.#push(put.item);
      put.onAdmitted();
      this.#consumer?.onArrival();
    }
  }

  #grow(): void {
    const mask = this.#ring.length - 1;
    const larger = new Array<T | undefined>(this.#ring.length * 2).fill(undefined);
    for (let index = 0; index < this.#size; index++) larger[index] = this.#ring[(this.#head + index) & mask];
    this.#ring = larger;
    this.#head = 0;
  }
}
