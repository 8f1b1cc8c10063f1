import type { Msg } from '@nats-io/transport-node';

import type { Delivery, TakeOptions, Taking } from '../distributed/index.js';
import { arrivalOf, type Arrival } from './arrival.js';
import { Held } from './held.js';
import type { NatsHoldings } from './nats-holdings.js';
import { NO_MARK, type Mark } from './marks.js';
import { Pulls } from './pulls.js';

/** A queue that a session takes from. */
export class NatsTaking implements Taking {
  readonly #holdings: NatsHoldings;
  readonly #queue: string;
  readonly #maxHoldMs: number;
  readonly #on: (delivery: Delivery) => void;
  readonly #pulls: Pulls;
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
    if (arrival.deliveries === 1 && this.#before === undefined) this.#handOut(arrival, NO_MARK, fromMs);
    else {
      const before = (this.#before ?? Promise.resolve()).then(() => this.#lookUp(arrival, fromMs));
      this.#before = before;
      void before.then(() => {
        if (this.#before === before) this.#before = undefined;
      });
    }
  }

  async #lookUp(arrival: Arrival, fromMs: number): Promise<void> {
    if (arrival.deliveries === 1) return this.#handOut(arrival, NO_MARK, fromMs);
    const { marks } = this.#holdings;
    try {
      this.#handOut(arrival, await marks.read(arrival.seq, arrival.storedMs), fromMs);
    } catch {
      // The session is closed.
    }
  }

  #handOut(arrival: Arrival, mark: Mark, fromMs: number): void {
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
    const held = new Held(delivery, arrival, mark, times, leases.renew(arrival.ack, fromMs), () => leases.remove(held));
    this.#holdings.took(held);
    if (this.#isStopped) void this.#holdings.giveBack([held]);
    else this.#on(delivery);
  }
}
