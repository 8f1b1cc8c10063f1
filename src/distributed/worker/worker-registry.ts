import type { Clock, ClockTimer } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';

const HEARTBEAT_MS = 15_000;
/** A worker that missed three heartbeats is gone. */
const TTL_S = 45;

/** What a worker tells of itself. */
export interface WorkerFacts {
  readonly workerId: string;
  readonly flow: string;
  readonly plan: string;
  readonly groups: readonly string[];
  /** Names of the nodes that its build has. */
  readonly nodes: readonly string[];
  /** Wire names that it knows. */
  readonly types: readonly string[];
}

/** Tells others what this worker knows, and knows what they do (D13). */
export class WorkerRegistry {
  readonly #session: CarrierSession;
  readonly #clock: Clock;
  readonly #facts: WorkerFacts;
  #rev = 0;
  #timer: ClockTimer | undefined;
  #isClosed = false;

  constructor(session: CarrierSession, clock: Clock, facts: WorkerFacts) {
    this.#session = session;
    this.#clock = clock;
    this.#facts = facts;
  }

  async begin(): Promise<void> {
    await this.#write();
    this.#schedule();
  }

  /** Whether a worker that lives knows what this one does not. */
  async isKnown(knows: (facts: WorkerFacts) => boolean): Promise<boolean> {
    const documents = await this.#session.docs(`worker ${this.#facts.flow} `);
    return documents.some(({ body }) => knows(JSON.parse(body) as WorkerFacts));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#session.deleteDoc(this.#key, this.#rev).catch(() => {});
  }

  get #key(): string {
    return `worker ${this.#facts.flow} ${this.#facts.workerId}`;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.setTimer(() => {
      // What fails now is tried again: nobody waits for it.
      void this.#write()
        .catch(() => {})
        .then(() => this.#schedule());
    }, HEARTBEAT_MS);
    this.#timer.unref?.();
  }

  async #write(): Promise<void> {
    const before = await this.#session.doc(this.#key);
    if (this.#isClosed) return;
    await this.#session.writeDoc(this.#key, JSON.stringify(this.#facts), before?.rev ?? 0, TTL_S);
    this.#rev = (await this.#session.doc(this.#key))?.rev ?? 0;
  }
}
