import { deepStrictEqual as same, fail, ok } from 'node:assert';

import { FlowError } from '../../index.js';
import type { CarrierState, SessionOptions } from '../carrier/carrier.js';
import type { CarrierSession, TakeOptions, Taking } from '../carrier/carrier-session.js';
import type { Delivery, OutMessage, QueueState } from '../carrier/messages.js';
import { PLAN } from './examined-plan.js';
import type { Tested } from './tested.js';

/** What a message came to that was put: `stored`, `duplicate`, or the code of an error. */
export type PutResult = string;

/** One process: a session, and what it has heard. */
export class Peer {
  readonly #tested: Tested;
  readonly session: CarrierSession;
  readonly states: CarrierState['state'][];
  readonly lost: (readonly [id: string, why: string])[] = [];

  constructor(tested: Tested, session: CarrierSession, states: CarrierState['state'][]) {
    this.#tested = tested;
    this.session = session;
    this.states = states;
    session.onLost(({ id }, why) => this.lost.push([id, why]));
  }

  static async open(tested: Tested, options: Partial<SessionOptions>): Promise<Peer> {
    const states: CarrierState['state'][] = [];
    const { carrier, clock } = tested.engine;
    const session = await carrier.open({
      flow: PLAN.flow,
      clock,
      onState: ({ state }) => states.push(state),
      ...options,
    });
    return new Peer(tested, session, states);
  }

  /** Puts, waits for room where there is none, and for the answer. */
  put(queue: string, id: string, more: Partial<OutMessage> = {}): Promise<PutResult> {
    const message = { id, queue, head: '{}', body: `"${id}"`, ...more };
    return this.#tested.settled(`an answer for ${id}`, this.offer(message));
  }

  async putAll(queue: string, ids: readonly string[]): Promise<void> {
    const all = Promise.all(ids.map((id) => this.offer({ id, queue, head: '{}', body: `"${id}"` })));
    const results = await this.#tested.settled('all to be stored', all);
    same(new Set(results), new Set(ids.length === 0 ? [] : ['stored']));
  }

  /** The same without letting time pass. */
  offer(message: OutMessage): Promise<PutResult> {
    return new Promise((resolve) => {
      const go = (): void => {
        const isTaken = this.session.put(message, (error, duplicate) =>
          resolve(error?.code ?? (duplicate ? 'duplicate' : 'stored')),
        );
        if (!isTaken) this.session.whenRoom(message.queue, go);
      };
      go();
    });
  }

  /** Takes, and keeps what comes. */
  take(queue: string, options: Partial<TakeOptions> = {}): Taken {
    return new Taken(this.#tested, this.session, queue, { free: 100, maxHoldS: 900, ...options });
  }

  /** Takes one and stops. */
  async takeOne(queue: string): Promise<Delivery> {
    const taken = this.take(queue, { free: 1 });
    const [delivery] = await taken.atLeast(1);
    taken.stop();
    return delivery!;
  }

  async settle(delivery: Delivery, departures: readonly OutMessage[] = [], reason?: string): Promise<void> {
    const outcome = reason === undefined ? { departures } : { departures, dead: { reason } };
    await this.#tested.settled(`${delivery.id} to be settled`, this.session.settle(delivery, outcome));
  }

  async state(queue: string): Promise<QueueState> {
    const states = await this.#tested.settled('the state of the queues', this.session.queues());
    return states.find((each) => each.queue === queue) ?? fail(`queues() lacks "${queue}"`);
  }

  /** How many messages a queue holds. */
  async held(queue: string): Promise<number> {
    const { pending, unacked } = await this.state(queue);
    return pending + unacked;
  }
}

/** What was handed out to one `take`. */
export class Taken {
  readonly #tested: Tested;
  readonly #taking: Taking;
  readonly deliveries: Delivery[] = [];

  constructor(tested: Tested, session: CarrierSession, queue: string, options: TakeOptions) {
    this.#tested = tested;
    let isTaking = false;
    this.#taking = session.take(queue, options, (delivery) => {
      ok(isTaking, 'a delivery came while take() was running');
      this.deliveries.push(delivery);
    });
    isTaking = true;
  }

  get ids(): readonly string[] {
    return this.deliveries.map(({ id }) => id);
  }

  more(free: number): void {
    this.#taking.more(free);
  }

  stop(): void {
    this.#taking.stop();
  }

  async atLeast(count: number, withinMs?: number): Promise<readonly Delivery[]> {
    const { deliveries } = this;
    await this.#tested.until(`${count} deliveries`, () => deliveries.length >= count, withinMs);
    return deliveries;
  }

  /** These have come, and no more follow. */
  async exactly(ids: readonly string[]): Promise<readonly Delivery[]> {
    await this.atLeast(ids.length);
    await this.#tested.pass(100);
    same(this.ids, ids);
    return this.deliveries;
  }
}

/** A promise of a session rejects with this code. */
export async function refuses(tested: Tested, promise: Promise<unknown>, code: string): Promise<FlowError> {
  const failure = await tested.settled(
    `a rejection with ${code}`,
    promise.then(
      () => fail(`nothing was rejected with ${code}`),
      (error: unknown) => error,
    ),
  );
  if (!FlowError.is(failure)) throw failure;
  same(failure.code, code);
  return failure;
}

/** `m-0`, `m-1`, … */
export function ids(count: number, prefix = 'm'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** A message to put or to settle with. */
export function aMessage(queue: string, id: string, more: Partial<OutMessage> = {}): OutMessage {
  return { id, queue, head: '{}', body: `"${id}"`, ...more };
}
