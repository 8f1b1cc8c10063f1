import { clearImmediate, setImmediate } from 'node:timers';
import type { Clock, ClockTimer } from '../ports/clock.js';

/** Width of a bucket in milliseconds; entries of one bucket share a place, never a due time. */
const BUCKET_MS = 64;

/** Longest host timer, so that a wheel whose entries were all cancelled keeps a process alive for a second at most. */
const LONGEST_SLEEP_MS = 1_000;

/** One timer of the wheel. Reusable: schedule it again after it fired or was cancelled. */
export class WheelEntry {
  /** When it fires, on the clock's monotonic scale; NaN while it is not scheduled. */
  due = Number.NaN;
  /** @internal */ key = 0;
  /** @internal */ previous: WheelEntry | undefined;
  /** @internal */ next: WheelEntry | undefined;

  /**
   * @param resumes - it lets work go on, such as the end of a sleep; the others end what takes too long
   */
  constructor(
    readonly fire: () => void,
    readonly resumes = false,
  ) {}

  get scheduled(): boolean {
    return !Number.isNaN(this.due);
  }
}

/**
 * One host timer for any number of timeouts: adding and cancelling an entry links and unlinks it in a bucket.
 *
 * Entries fire at their time, never early, in the order of their due times (first scheduled first where equal).
 */
export class TimerWheel {
  readonly #clock: Clock;
  /** Sentinels of circular lists, by bucket number. */
  readonly #buckets = new Map<number, WheelEntry>();
  readonly #lateMs: number;
  #timer: ClockTimer | undefined;
  /** When it is to fire. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** The entry it is for. */
  #timerDue = Number.POSITIVE_INFINITY;
  #firing = false;
  readonly #afterFiring: (() => void)[] = [];

  /**
   * @param lateMs - when its timer is later than that, the event loop was blocked: then only what lets work go on fires at once, and
   *   the rest after a whole turn of the loop, so that nothing is called late that was done in time and could not say so
   */
  constructor(clock: Clock, lateMs = 100) {
    this.#clock = clock;
    this.#lateMs = lateMs;
  }

  /** Fires the entry `delayMs` from now; an entry that is scheduled already is moved. */
  schedule(entry: WheelEntry, delayMs: number): void {
    this.scheduleAt(entry, this.#clock.monotonic() + Math.max(0, delayMs));
  }

  /** Fires the entry at `due` on the clock's monotonic scale. */
  scheduleAt(entry: WheelEntry, due: number): void {
    if (entry.scheduled) this.cancel(entry);
    entry.due = due;
    entry.key = Math.floor(due / BUCKET_MS);
    const head = this.#bucket(entry.key);
    const last = head.previous as WheelEntry;
    entry.previous = last;
    entry.next = head;
    last.next = entry;
    head.previous = entry;
    if (due < this.#timerDue && !this.#firing) this.#arm(due);
  }

  /** Takes the entry out; fine when it is not scheduled. */
  cancel(entry: WheelEntry): void {
    if (!entry.scheduled) return;
    const { previous, next } = entry as { previous: WheelEntry; next: WheelEntry };
    previous.next = next;
    next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.due = Number.NaN;
    if (previous === next && previous.next === previous) this.#buckets.delete(entry.key);
  }

  /** Calls back once everything that is due now has fired; at once when nothing fires. */
  afterFiring(callback: () => void): void {
    if (this.#firing) this.#afterFiring.push(callback);
    else callback();
  }

  /** Forgets every entry and the host timer. */
  dispose(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
    this.#buckets.clear();
  }

  #bucket(key: number): WheelEntry {
    let head = this.#buckets.get(key);
    if (head === undefined) {
      head = new WheelEntry(() => {});
      head.previous = head;
      head.next = head;
      this.#buckets.set(key, head);
    }
    return head;
  }

  #arm(due: number): void {
    this.#timer?.cancel();
    this.#timerDue = due;
    const now = this.#clock.monotonic();
    const delay = Math.ceil(Math.max(0, Math.min(due - now, LONGEST_SLEEP_MS)));
    this.#timerAt = now + delay;
    this.#timer = this.#clock.setTimer(() => this.#onTimer(), delay);
  }

  #onTimer(): void {
    if (this.#clock.monotonic() - this.#timerAt <= this.#lateMs) {
      this.#fireAll();
      return;
    }
    // A timer that is armed meanwhile takes its place: that is a turn, too.
    const turn = setImmediate(() => this.#fireAll());
    this.#timer = { cancel: () => clearImmediate(turn) };
    this.#fire(true);
  }

  #fireAll(): void {
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
    try {
      this.#fire(false);
    } finally {
      const earliest = this.#earliest();
      if (earliest !== undefined) this.#arm(earliest);
    }
  }

  #fire(onlyWhatResumes: boolean): void {
    this.#firing = true;
    try {
      for (const entry of this.#takeDue(this.#clock.monotonic(), onlyWhatResumes)) entry.fire();
      for (const callback of this.#afterFiring.splice(0)) callback();
    } finally {
      this.#firing = false;
    }
  }

  /** Unlinks what is due, one at a time, so that an entry that fires may still cancel a later one. */
  *#takeDue(now: number, onlyWhatResumes: boolean): Generator<WheelEntry> {
    const keys = [...this.#buckets.keys()].filter((key) => key * BUCKET_MS <= now).toSorted((a, b) => a - b);
    for (const key of keys) {
      const due: WheelEntry[] = [];
      const head = this.#buckets.get(key);
      if (head === undefined) continue;
      for (let entry = head.next as WheelEntry; entry !== head; entry = entry.next as WheelEntry) {
        if (entry.due <= now && (entry.resumes || !onlyWhatResumes)) due.push(entry);
      }
      // A stable sort: entries with one due time keep the order in which they were scheduled.
      for (const entry of due.toSorted((a, b) => a.due - b.due)) {
        if (!(entry.due <= now)) continue;
        this.cancel(entry);
        yield entry;
      }
    }
  }

  #earliest(): number | undefined {
    let first: number | undefined;
    for (const key of this.#buckets.keys()) if (first === undefined || key < first) first = key;
    if (first === undefined) return undefined;
    const head = this.#buckets.get(first) as WheelEntry;
    let earliest = Number.POSITIVE_INFINITY;
    for (let entry = head.next as WheelEntry; entry !== head; entry = entry.next as WheelEntry) {
      if (entry.due < earliest) earliest = entry.due;
    }
    return earliest;
  }
}
