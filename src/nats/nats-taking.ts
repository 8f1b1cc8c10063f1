import type { Msg } from '@nats-io/transport-node';

import type { Delivery, TakeOptions, Taking } from '../distributed/index.js';
import { arrivalOf, type Arrival } from './arrival.js';
import { Held } from './held.js';
import type { NatsHoldings } from './nats-holdings.js';
import { NO_MARK, type Mark } from './marks.js';
import { Pulls } from './pulls.js';

interface Arrived {
  readonly arrival: Arrival;
  /** Its lease began no earlier. */
  readonly fromMs: number;
  /** Among what is renewed. */
  readonly number: number;
}

/** A queue that a session takes from. */
export class NatsTaking implements Taking {
  readonly #holdings: NatsHoldings;
  readonly #queue: string;
  readonly #maxHoldMs: number;
  readonly #on: (delivery: Delivery) => void;
  readonly #pulls: Pulls;
  readonly #arrived: Arrived[] = [];
  #isStopped = false;
  /** What was delivered before is looked up, and what comes after it waits. */
  #before: Promise<void> | undefined;

  constructor(
    holdings: NatsHoldings,
    queue: string,
    { free, maxHoldS }: TakeOptions,
    on: (delivery: Delivery) => void,
  ) {
    const { line, names, flow } = holdings;
    this.#holdings = holdings;
    this.#queue = queue;
    this.#maxHoldMs = maxHoldS * 1_000;
    this.#on = on;
    this.#pulls = new Pulls(line, names.workStream(flow), names.consumer(queue), (message) => this.#hear(message));
    this.#pulls.more(free);
  }

  more(free: number): void {
    if (!this.#isStopped) this.#pulls.more(free);
  }

  stop(): void {
    this.#isStopped = true;
    this.#pulls.stop();
    this.#holdings.left(this);
  }

  #hear(message: Msg): void {
    const { leases, line } = this.#holdings;
    // It may have been on its way so long that others have it by now: then it comes again.
    if (!leases.isFresh) {
      line.echo();
      this.more(1);
      return;
    }
    const arrival = arrivalOf(message);
    const fromMs = line.heardMs;
    this.#arrived.push({ arrival, fromMs, number: leases.renew(arrival.ack, fromMs) });
    // What comes in one piece goes to the thread that renews in one.
    if (this.#arrived.length === 1) queueMicrotask(() => this.#takeIn());
  }

  #takeIn(): void {
    this.#holdings.leases.flush();
    for (const each of this.#arrived.splice(0)) {
      if (each.arrival.deliveries === 1 && this.#before === undefined) this.#handOut(each, NO_MARK);
      else {
        const before = (this.#before ?? Promise.resolve()).then(() => this.#lookUp(each));
        this.#before = before;
        void before.then(() => {
          if (this.#before === before) this.#before = undefined;
        });
      }
    }
  }

  async #lookUp(arrived: Arrived): Promise<void> {
    const { deliveries, seq, storedMs } = arrived.arrival;
    if (deliveries === 1) return this.#handOut(arrived, NO_MARK);
    try {
      this.#handOut(arrived, await this.#holdings.marks.read(seq, storedMs));
    } catch {
      // The session is closed.
    }
  }

  #handOut({ arrival, fromMs, number }: Arrived, mark: Mark): void {
    const { line, leases } = this.#holdings;
    const { id, head, body, storedMs, deliveries } = arrival;
    const delivery: Delivery = Object.freeze({
      id,
      queue: this.#queue,
      head,
      body,
      redelivered: deliveries > 1 + mark.handedBack,
      starts: mark.starts,
      resumeAttempt: mark.resumeAttempt,
      storedMs,
    });
    const { clock } = line;
    const [nowMs, nowWallMs] = [clock.monotonic(), clock.now()];
    const times = { sinceMs: nowMs, fromMs, fromWallMs: nowWallMs - (nowMs - fromMs), maxHoldMs: this.#maxHoldMs };
    const held = new Held(delivery, arrival, mark, times, number, () => leases.remove(held));
    this.#holdings.took(held);
    if (this.#isStopped) void this.#holdings.giveBack([held]);
    else this.#on(delivery);
  }
}
