import { fail } from 'node:assert';

import type { CarrierSession } from '../carrier/carrier-session.js';
import type { SessionOptions } from '../carrier/carrier.js';
import type { CarrierFault, TestedEngine } from './carrier-target.js';
import { PLAN } from './examined-plan.js';
import { Peer } from './peer.js';

const STEP_MS = 20;

/** What a case gets: a new engine that has {@link PLAN}, and sessions with it. */
export class Tested {
  readonly #engine: TestedEngine;

  constructor(engine: TestedEngine) {
    this.#engine = engine;
  }

  get engine(): TestedEngine {
    return this.#engine;
  }

  /** Another process. */
  async join(options: Partial<SessionOptions> = {}): Promise<Peer> {
    const peer = await Peer.open(this, options);
    await peer.session.provision({ ...PLAN, flow: options.flow ?? PLAN.flow }, 'ensure');
    return peer;
  }

  pass(ms: number): Promise<void> {
    return this.#engine.pass(ms);
  }

  /** Waits for something; fails when it does not come. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
    for (let passedMs = 0; !(await isSo()); passedMs += STEP_MS) {
      if (passedMs > withinMs) fail(`not so within ${withinMs} ms: ${what}`);
      await this.pass(STEP_MS);
    }
  }

  /** What a promise comes to, as far as it settles in time. */
  async settled<T>(what: string, promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    promise.then(over, over);
    await this.until(what, () => isOver);
    return promise;
  }

  async kill(session: CarrierSession): Promise<void> {
    await this.#engine.kill?.(session);
  }

  async freeze(session: CarrierSession): Promise<void> {
    await this.#engine.freeze?.(session);
  }

  async thaw(session: CarrierSession): Promise<void> {
    await this.#engine.thaw?.(session);
  }

  async become(state: 'up' | 'full' | 'down'): Promise<void> {
    await this.#engine.become?.(state);
  }
}

/** A case, before it is bound to an engine. */
export interface Promised {
  readonly title: string;
  /** What must be done to the engine. */
  readonly needs?: readonly CarrierFault[];
  holds(tested: Tested): Promise<void>;
}
