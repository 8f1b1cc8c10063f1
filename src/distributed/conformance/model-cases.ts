import { ok } from 'node:assert';

import { FlowError } from '../../index.js';
import type { Delivery } from '../carrier/messages.js';
import { LEASE_MS, PLAN } from './examined-plan.js';
import { aMessage, type Peer, type Taken } from './peer.js';
import { Random } from './random.js';
import type { Promised, Tested } from './tested.js';

const STEPS = 300;
const SEEDS = [1, 2, 3, 4, 5];
/** That of the queue `small`, into which all messages are put. */
const BOUND = 5;

/** Anything in any order: nothing is lost, nothing is there twice. */
export const MODEL_CASES: readonly Promised[] = SEEDS.map((seed) => ({
  title: `D2 D6 D12 D14 loses nothing and has nothing twice, whatever happens in which order (seed ${seed})`,
  async holds(tested) {
    const model = new Model(tested, new Random(seed));
    await model.begin();
    for (let step = 0; step < STEPS; step += 1) await model.step();
    await model.end();
  },
}));

interface Worker {
  readonly peer: Peer;
  readonly takings: Readonly<Record<string, Taken>>;
  /** What it has begun to settle or has handed back. */
  readonly done: Set<Delivery>;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Messages are put into `small`; each one leads to one in `work`. Processes come and go meanwhile. */
class Model {
  readonly #tested: Tested;
  readonly #random: Random;
  #workers: Worker[] = [];
  readonly #puts: Promise<void>[] = [];
  /** How often each message was settled, as far as anybody was told. */
  readonly #settled = new Map<string, number>();
  /** Their processes were killed before they were told. */
  readonly #unsure = new Set<string>();

  constructor(tested: Tested, random: Random) {
    this.#tested = tested;
    this.#random = random;
  }

  async begin(): Promise<void> {
    for (let index = 0; index < 3; index += 1) await this.#hire();
  }

  async step(): Promise<void> {
    const worker = this.#random.oneOf(this.#workers)!;
    const dice = this.#random.below(100);
    if (dice < 35) this.#puts.push(this.#put(worker, `m-${this.#puts.length}`));
    else if (dice < 65) await this.#work(worker);
    else if (dice < 70) await this.#dieAtWork(worker);
    else if (dice < 78) await this.#handBack(worker);
    else if (dice < 82) await this.#replace(worker, this.#random.below(2) === 0);
    else if (dice < 90) await this.#checkBound(worker);
    else await this.#tested.pass(this.#random.below(200));
  }

  /** Works on all that is left, then looks at what became of it. */
  async end(): Promise<void> {
    let stored = 0;
    for (const put of this.#puts) void put.then(() => (stored += 1));
    await this.#tested.until('all to be settled', () => this.#workOff(stored), 20 * LEASE_MS);
    for (let index = 0; index < this.#puts.length; index += 1) {
      for (const id of [`m-${index}`, `m-${index}-led-to`]) {
        const times = this.#settled.get(id) ?? 0;
        ok(times === 1 || (times === 0 && this.#unsure.has(id)), `${id} was settled ${times} times`);
      }
    }
  }

  async #workOff(stored: number): Promise<boolean> {
    for (const worker of this.#workers) {
      while (next(worker) !== undefined) await this.#work(worker);
    }
    const { peer } = this.#workers[0]!;
    return stored === this.#puts.length && (await peer.held('small')) + (await peer.held('work')) === 0;
  }

  async #hire(): Promise<void> {
    const peer = await this.#tested.join();
    await this.#tested.settled('the plan', peer.session.provision({ ...PLAN, dedupeS: 600 }, 'ensure'));
    const takings = { small: peer.take('small', { free: 4 }), work: peer.take('work', { free: 4 }) };
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#workers.push({ peer, takings, done: new Set(), ended, end });
  }

  /** Whoever does not hear that it was stored has another one put it again. */
  async #put({ peer, ended }: Worker, id: string): Promise<void> {
    const result = await Promise.race([peer.offer(aMessage('small', id)), ended]);
    if (result !== 'stored' && result !== 'duplicate') await this.#put(this.#workers.at(-1)!, id);
  }

  async #work(worker: Worker): Promise<void> {
    const delivery = next(worker);
    if (delivery === undefined) return;
    try {
      await this.#tested.settled(`${delivery.id} to be settled`, this.#settle(worker, delivery));
      this.#settled.set(delivery.id, (this.#settled.get(delivery.id) ?? 0) + 1);
    } catch (error) {
      if (!FlowError.is(error, 'LEASE_LOST')) throw error;
    }
    worker.takings[delivery.queue]?.more(1);
  }

  async #dieAtWork(worker: Worker): Promise<void> {
    const delivery = next(worker);
    if (delivery === undefined || this.#tested.engine.kill === undefined) return;
    this.#unsure.add(delivery.id);
    this.#settle(worker, delivery).catch(() => {});
    await this.#replace(worker, true);
  }

  #settle({ peer, done }: Worker, delivery: Delivery): Promise<void> {
    done.add(delivery);
    const departures = delivery.queue === 'small' ? [aMessage('work', `${delivery.id}-led-to`)] : [];
    return peer.session.settle(delivery, { departures });
  }

  async #handBack(worker: Worker): Promise<void> {
    const delivery = next(worker);
    if (delivery === undefined) return;
    worker.done.add(delivery);
    const { session } = worker.peer;
    const back = this.#random.below(2) === 0 ? session.release([delivery]) : session.later(delivery, 0.2, 1);
    await this.#tested.settled('the hand-back', back);
    worker.takings[delivery.queue]?.more(1);
  }

  /** A process is killed or closed, and another one comes. */
  async #replace(worker: Worker, isKilled: boolean): Promise<void> {
    this.#workers = this.#workers.filter((each) => each !== worker);
    await this.#hire();
    if (isKilled && this.#tested.engine.kill !== undefined) await this.#tested.kill(worker.peer.session);
    else await this.#tested.settled('the close', worker.peer.session.close(200));
    worker.end();
  }

  async #checkBound({ peer }: Worker): Promise<void> {
    const held = await peer.held('small');
    ok(held <= BOUND, `${held} messages are in a queue with a bound of ${BOUND}`);
  }
}

function next({ takings, done }: Worker): Delivery | undefined {
  for (const { deliveries } of Object.values(takings)) {
    const found = deliveries.find((each) => !done.has(each));
    if (found !== undefined) return found;
  }
  return undefined;
}
