import { FlowError, type Clock } from '../../index.js';
import type { CarrierState, SessionOptions } from '../carrier/carrier.js';
import { CallQueue } from './call-queue.js';
import { Delays } from './delays.js';
import { DocumentShelf } from './document-shelf.js';
import { FlowShelf } from './flow-shelf.js';
import { SessionCore } from './session-core.js';
import { RecordShelf, type RecordShelves } from './record-shelf.js';

/** What a call needs: an engine that answers, or one that stores something new. */
export type Need = 'reach' | 'store';

/** What all sessions of a carrier share. */
export class MemoryEngine {
  readonly calls = new CallQueue();
  readonly delays = new Delays();
  readonly documents = new DocumentShelf(this);
  readonly records: RecordShelves = { answers: new RecordShelf(this), cancels: new RecordShelf(this) };
  readonly maxBytes: number;
  readonly #shelves = new Map<string, FlowShelf>();
  readonly #sessions = new Set<SessionCore>();
  #state: CarrierState = { state: 'up' };
  #clock: Clock | undefined;
  #aheadMs = 0;
  #lastNumber = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** That of the session that was opened first. */
  get clock(): Clock {
    return this.#clock as Clock;
  }

  get nowMs(): number {
    return this.clock.now() + this.#aheadMs;
  }

  get elapsedMs(): number {
    return this.clock.monotonic();
  }

  may(need: Need): boolean {
    return this.#state.state === 'up' || (need === 'reach' && this.#state.state === 'full');
  }

  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** @throws FlowError `INVALID_OPTION` when nobody of that name has a session */
  ownedBy(owner: string): readonly SessionCore[] {
    const sessions = [...this.#sessions];
    const found = sessions.filter((session) => session.owner === owner);
    if (found.length > 0) return found;
    const names = [...new Set(sessions.flatMap((session) => session.owner ?? []))];
    throw new FlowError('INVALID_OPTION', {
      message: `Nobody has a session here whose name is ${JSON.stringify(owner)}`,
      metadata: { owner },
      hint:
        names.length === 0
          ? 'Serve or connect with this carrier before.'
          : `Those that live are ${names.map((name) => JSON.stringify(name)).join(', ')}: give \`workerId\` of a worker, or \`clientId\` of a client.`,
    });
  }

  open(options: SessionOptions): SessionCore {
    this.#clock ??= options.clock;
    const session = new SessionCore(this, this.#shelfOf(options.flow), options);
    this.#sessions.add(session);
    this.delays.go(this.clock);
    return session;
  }

  /** A session has ended, or was killed. */
  leave(session: SessionCore): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.delays.rest();
  }

  /** The queues of a flow are others now. */
  provisioned(shelf: FlowShelf, isLeaseChanged: boolean): void {
    for (const session of this.#sessions) {
      if (session.shelf !== shelf) continue;
      session.holdings.offerAll();
      if (isLeaseChanged) session.leases.reset();
    }
  }

  /** Tells one of those who have a session of the flow and listen. */
  tell(shelf: FlowShelf, problem: FlowError): void {
    [...this.#sessions].find((session) => session.shelf === shelf && session.hearsProblems)?.problem(problem);
  }

  cast(topic: string, body: string): void {
    if (!this.may('reach')) return;
    for (const session of this.#sessions) session.ears.hear(topic, body);
  }

  become(state: CarrierState): void {
    if (state.state === this.#state.state) return;
    this.#state = state;
    for (const session of this.#sessions) session.engineBecame(state);
    for (const shelf of this.#shelves.values()) {
      for (const queue of shelf.queues.values()) queue.handOut();
    }
  }

  shiftClock(ms: number): void {
    this.#aheadMs += ms;
  }

  #shelfOf(flow: string): FlowShelf {
    const shelf = this.#shelves.get(flow) ?? new FlowShelf(flow, this);
    this.#shelves.set(flow, shelf);
    return shelf;
  }
}
