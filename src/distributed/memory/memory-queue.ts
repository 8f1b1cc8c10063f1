import type { QueuePlan } from '../carrier/carrier-plan.js';
import type { QueueState } from '../carrier/messages.js';
import { Fifo } from './fifo.js';
import type { MemoryEngine } from './memory-engine.js';
import type { MemoryTaking } from './memory-taking.js';
import { MinHeap } from './min-heap.js';
import type { RoomWait } from './room-wait.js';
import type { Row } from './row.js';

/** After so many deliveries others get their turn. */
const HANDED_PER_CALL = 32;

/** The messages of one queue, who takes from it, and who waits for room in it. */
export class MemoryQueue {
  readonly #engine: MemoryEngine;
  #plan: QueuePlan;
  /** All that is not settled, oldest first. */
  readonly #rows = new Set<Row>();
  readonly #fresh = new Fifo<Row>();
  /** What was handed out before, and goes to its old place. */
  readonly #returned = new MinHeap<Row>(({ seq }) => seq);
  /** Those with credit, in turns. */
  readonly #takings = new Fifo<MemoryTaking>();
  readonly #waits = new Fifo<RoomWait>();
  #inFlight = 0;
  #putOff = 0;
  #isHanding = false;
  #isWaking = false;

  constructor(engine: MemoryEngine, plan: QueuePlan) {
    this.#engine = engine;
    this.#plan = plan;
  }

  get isFull(): boolean {
    return this.#rows.size >= this.#plan.bound;
  }

  /** Whether it is full even when a message of it has gone. */
  get isFullWithout(): boolean {
    return this.#rows.size - 1 >= this.#plan.bound;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Bound or messages in flight are others now. */
  change(plan: QueuePlan): void {
    this.#plan = plan;
    this.handOut();
    this.wake();
  }

  /** It is not in the plan any more: those who wait are told so when they ask again. */
  abandon(): void {
    for (let taking = this.#takings.shift(); taking !== undefined; taking = this.#takings.shift()) taking.leaveLine();
    for (let wait = this.#waits.shift(); wait !== undefined; wait = this.#waits.shift()) {
      this.#engine.calls.add(wait.end.bind(wait));
    }
  }

  add(row: Row): void {
    this.#rows.add(row);
    this.#fresh.push(row);
    this.handOut();
  }

  /** A message that was handed out is settled. */
  remove(row: Row): void {
    this.#rows.delete(row);
    this.#inFlight -= 1;
    this.handOut();
    this.wake();
  }

  /** A message that was handed out is there again. */
  giveBack(row: Row): void {
    this.#inFlight -= 1;
    this.#returned.push(row);
    this.handOut();
  }

  /** A message that was handed out is there again after a time. */
  putOff(row: Row, delayMs: number): void {
    this.#inFlight -= 1;
    this.#putOff += 1;
    this.#engine.delays.add(delayMs, () => {
      this.#putOff -= 1;
      this.#returned.push(row);
      this.handOut();
    });
    this.handOut();
  }

  /** A taking has credit. */
  offer(taking: MemoryTaking): void {
    this.#takings.push(taking);
    this.handOut();
  }

  wait(wait: RoomWait): void {
    this.#waits.push(wait);
  }

  /** Hands out what may be handed out, soon. */
  handOut(): void {
    if (this.#isHanding) return;
    this.#isHanding = true;
    this.#engine.calls.add(this.#handOutNow);
  }

  /** Lets those who wait try again, soon. */
  wake(): void {
    if (this.#isWaking || this.#waits.size === 0 || this.isFull) return;
    this.#isWaking = true;
    this.#engine.calls.add(this.#wakeNow);
  }

  state(dead: number): QueueState {
    const [oldest] = this.#rows;
    return {
      queue: this.#plan.queue,
      pending: this.#rows.size - this.#inFlight,
      unacked: this.#inFlight,
      oldestMs: oldest?.storedMs,
      dead,
    };
  }

  get #mayHandOut(): boolean {
    if (this.#fresh.size + this.#returned.size === 0 || !this.#engine.may('reach')) return false;
    return this.#plan.lane === undefined
      ? this.#inFlight < this.#plan.maxInFlight
      : this.#inFlight + this.#putOff === 0;
  }

  readonly #handOutNow = (): void => {
    try {
      for (let handed = 0; handed < HANDED_PER_CALL && this.#mayHandOut; handed += 1) {
        const taking = this.#nextTaking();
        if (taking === undefined) return;
        this.#inFlight += 1;
        taking.hand(this.#nextRow());
      }
    } finally {
      // Also when the callback has thrown.
      this.#isHanding = false;
      if (this.#takings.size > 0 && this.#mayHandOut) this.handOut();
    }
  };

  readonly #wakeNow = (): void => {
    try {
      while (!this.isFull && this.#waits.size > 0) this.#waits.shift()?.end();
    } finally {
      this.#isWaking = false;
      this.wake();
    }
  };

  #nextTaking(): MemoryTaking | undefined {
    for (;;) {
      const taking = this.#takings.shift();
      if (taking === undefined || taking.leaveLine()) return taking;
    }
  }

  #nextRow(): Row {
    const [fresh, returned] = [this.#fresh.peek(), this.#returned.peek()];
    const isReturned = returned !== undefined && (fresh === undefined || returned.seq < fresh.seq);
    return (isReturned ? this.#returned.pop() : this.#fresh.shift()) as Row;
  }
}
