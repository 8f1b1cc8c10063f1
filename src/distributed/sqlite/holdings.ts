import type { FlowError } from '../../index.js';
import { leaseLost, tooLarge } from '../carrier/carrier-errors.js';
import type { TakeOptions, Taking } from '../carrier/carrier-session.js';
import type { Delivery, Settlement } from '../carrier/messages.js';
import type { SessionLine } from './session-line.js';
import type { CallArgs, CallName, Calls, HandedOut } from './thread-protocol.js';

type WhyLost = 'lost' | 'held_too_long';

/** What a session takes, and what becomes of it. */
export class Holdings {
  readonly #line: SessionLine;
  readonly #maxBytes: number;
  readonly #takings = new Map<number, (delivery: Delivery) => void>();
  readonly #numbers = new WeakMap<Delivery, number>();
  /** What is with this session, by number. */
  readonly #deliveries = new Map<number, Delivery>();
  readonly #listeners: ((delivery: Delivery, why: WhyLost) => void)[] = [];

  constructor(line: SessionLine, maxBytes: number) {
    this.#line = line;
    this.#maxBytes = maxBytes;
  }

  take(queue: string, { free, maxHoldS }: TakeOptions, on: (delivery: Delivery) => void): Taking {
    const { thread, session } = this.#line;
    const taking = thread.nextId();
    if (!this.#line.isClosed) {
      this.#takings.set(taking, on);
      thread.send({ kind: 'take', session, taking, queue, free, maxHoldMs: maxHoldS * 1_000 });
    }
    return {
      more: (more) => thread.send({ kind: 'more', session, taking, free: more }),
      stop: () => {
        this.#takings.delete(taking);
        thread.send({ kind: 'stop', session, taking });
      },
    };
  }

  onLost(listener: (delivery: Delivery, why: WhyLost) => void): void {
    this.#listeners.push(listener);
  }

  handedOut({ delivery: number, taking, ...fields }: HandedOut): void {
    const delivery: Delivery = Object.freeze(fields);
    const on = this.#takings.get(taking);
    // It was stopped meanwhile, or the session is being closed.
    if (on === undefined) {
      if (!this.#line.isClosed) this.#line.send('release', [[number]], ignore, ignore);
      return;
    }
    this.#numbers.set(delivery, number);
    this.#deliveries.set(number, delivery);
    on(delivery);
  }

  lost(number: number, why: WhyLost): void {
    const delivery = this.#deliveries.get(number);
    if (why === 'lost') this.#deliveries.delete(number);
    if (delivery === undefined || this.#line.isClosed) return;
    for (const listener of this.#listeners) listener(delivery, why);
  }

  async settle(delivery: Delivery, { departures, dead }: Settlement): Promise<void> {
    for (const departure of departures) {
      const error = tooLarge(departure, this.#maxBytes);
      if (error !== undefined && !this.#line.isClosed) throw error;
    }
    await this.#call(delivery, 'settle', (number) => [{ delivery: number, departures, reason: dead?.reason }]);
    this.#over(delivery);
  }

  async release(deliveries: readonly Delivery[]): Promise<void> {
    const numbers = deliveries.map((delivery) => this.#numbers.get(delivery)).filter((number) => number !== undefined);
    await this.#line.call('release', numbers);
    for (const delivery of deliveries) this.#over(delivery);
  }

  async later(delivery: Delivery, delayS: number, resumeAttempt: number): Promise<void> {
    await this.#call(delivery, 'later', (number) => [number, delayS * 1_000, resumeAttempt]);
    this.#over(delivery);
  }

  countStart(delivery: Delivery): Promise<number> {
    return this.#call(delivery, 'countStart', (number) => [number]);
  }

  /** Nothing is handed out any more. */
  stop(): void {
    this.#takings.clear();
  }

  #over(delivery: Delivery): void {
    const number = this.#numbers.get(delivery);
    if (number !== undefined) this.#deliveries.delete(number);
  }

  #call<Name extends CallName>(
    delivery: Delivery,
    name: Name,
    args: (number: number) => CallArgs<Name>,
  ): Promise<ReturnType<Calls[Name]>> {
    if (this.#line.isClosed) return Promise.reject(this.#line.closedError());
    const number = this.#numbers.get(delivery);
    if (number === undefined) return Promise.reject(leaseLost(delivery));
    return new Promise((resolve, reject) => {
      // The thread does not know what it is called here.
      const refuse = (error: FlowError): void => reject(error.code === 'LEASE_LOST' ? leaseLost(delivery) : error);
      this.#line.send(name, args(number), resolve, refuse);
    });
  }
}

function ignore(): void {
  // The answer is nobody's.
}
