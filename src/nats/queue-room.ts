import type { ClockTimer } from '../index.js';
import type { NatsLine } from './nats-line.js';
import { consumerInfo } from './streams.js';

const DEFAULT_BOUND = 10_000;
/** While somebody waits, the queue is looked at that often at first, and then less often. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;
/** With a larger bound, senders wait until a fifth of it is free. */
const SMALL_BOUND = 64;
/** With fewer free places messages go one after the other, so that they stay in their order. */
const FEW_PLACES = 16;

/** How much a queue takes, as far as a session knows: what it held when it was looked at, and what the session has sent since. */
export class QueueRoom {
  readonly #line: NatsLine;
  readonly #stream: string;
  readonly #consumer: string;
  readonly #isLane: boolean;
  readonly #waits: (() => void)[] = [];
  #bound = DEFAULT_BOUND;
  #held = 0;
  #underWay = 0;
  #sentSince = 0;
  #isFull = false;
  #isLooking = false;
  #timer: ClockTimer | undefined;
  #lookMs = FIRST_LOOK_MS;
  #lookedMs = -Infinity;
  #isKeptHere = false;

  constructor(line: NatsLine, stream: string, consumer: string, isLane: boolean) {
    this.#line = line;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#isLane = isLane;
  }

  get bound(): number {
    return this.#bound;
  }

  get mayTake(): boolean {
    if (this.#line.isClosed) return true;
    if (this.#isFull) return false;
    const free = this.#bound - this.#held - this.#sentSince;
    if (free <= 0) return false;
    if (this.#underWay === 0) return true;
    return !this.#isLane && free >= Math.max(FEW_PLACES, this.#bound / 5);
  }

  /** A message is on its way. */
  sent(): void {
    this.#underWay += 1;
    this.#sentSince += 1;
    const isOld = this.#isKeptHere && this.#line.clock.monotonic() - this.#lookedMs > LAST_LOOK_MS;
    if (isOld || this.#held + this.#sentSince >= this.#bound * 0.8) this.#look();
  }

  answered(): void {
    this.#underWay -= 1;
    this.#wake();
  }

  /** The server has said that a place is taken. */
  refused(): void {
    this.#look();
  }

  wait(callback: () => void): void {
    this.#waits.push(callback);
    queueMicrotask(() => this.#wake());
  }

  /** Whoever waits is to ask again. */
  wakeAll(): void {
    this.#timer?.cancel();
    for (const wait of this.#waits.splice(0)) queueMicrotask(wait);
  }

  /**
   * The plan has changed.
   *
   * @param isKeptHere - the server keeps no bound, so that it has to be known what others put
   */
  changed(bound: number, isKeptHere: boolean): void {
    this.#bound = bound;
    this.#isKeptHere = isKeptHere;
    this.#look();
  }

  #look(): void {
    if (this.#isLooking || this.#line.isClosed) return;
    this.#isLooking = true;
    this.#lookedMs = this.#line.clock.monotonic();
    const before = this.#sentSince - this.#underWay;
    consumerInfo(this.#line, this.#stream, this.#consumer).then(
      (info) => {
        this.#isLooking = false;
        if (info === undefined) return;
        this.#bound = boundOf(info.config.description) ?? this.#bound;
        this.#held = info.num_pending + info.num_ack_pending;
        this.#sentSince -= before;
        this.#judge();
        this.#wake();
      },
      () => {
        this.#isLooking = false;
      },
    );
  }

  #judge(): void {
    const held = this.#held + this.#sentSince;
    const goesOnAt = this.#bound <= SMALL_BOUND ? this.#bound : this.#bound * 0.8;
    this.#isFull = this.#isFull ? held >= goesOnAt : held >= this.#bound;
  }

  #wake(): void {
    // Each one that is woken may put.
    for (let left = this.#waits.length; left > 0 && this.mayTake; left -= 1) {
      this.#lookMs = FIRST_LOOK_MS;
      this.#waits.shift()!();
    }
    if (this.#waits.length > 0 && !this.mayTake) this.#lookLater();
  }

  #lookLater(): void {
    if (this.#timer !== undefined || this.#line.isClosed) return;
    this.#timer = this.#line.after(this.#lookMs, () => {
      this.#timer = undefined;
      this.#look();
    });
    this.#lookMs = Math.min(LAST_LOOK_MS, this.#lookMs * 1.5);
  }
}

function boundOf(description: string | undefined): number | undefined {
  try {
    const { bound } = JSON.parse(description ?? '{}') as { bound?: number };
    return bound;
  } catch {
    return undefined;
  }
}
