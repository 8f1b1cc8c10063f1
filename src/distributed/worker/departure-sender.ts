import type { FlowError } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { OutMessage } from '../carrier/messages.js';
import type { FullQueues } from './full-queues.js';
import { decodeHead, encodeHead } from '../protocol/message-head.js';

/** What an arrival leads to is kept until it is over, up to here (D4). */
const MOST_KEPT = 64;
const MOST_KEPT_BYTES = 1_048_576;

/** Where departures go, and whom to tell. */
interface DeparturePlace {
  readonly session: CarrierSession;
  /** Id of the arrival. */
  readonly arrival: string;
  readonly full: FullQueues;
  /** There was no room and there is now, for who waits to send to this queue. */
  readonly onRoom: (waiting: string) => void;
}

/**
 * Keeps what an arrival sends for its end. When it is too much, what is kept goes out, and what follows goes out at once: in the order in which it was sent, which
 * lanes keep.
 */
export class DepartureSender {
  readonly #place: DeparturePlace;
  #kept: OutMessage[] = [];
  #keptBytes = 0;
  #open = 0;
  #problem: FlowError | undefined;
  #onIdle: (() => void) | undefined;
  /** Whether something went out before the end: it may go out again, and differently, when the arrival runs again. */
  sentEarly = false;

  constructor(place: DeparturePlace) {
    this.#place = place;
  }

  /** False when there is no room for it now. */
  send(message: OutMessage): boolean {
    const bytes = message.head.length + message.body.length;
    // The first is kept, however large: its token depends on whether others follow.
    const fits = this.#kept.length < MOST_KEPT && this.#keptBytes + bytes <= MOST_KEPT_BYTES;
    if (!this.sentEarly && (fits || this.#kept.length === 0)) {
      this.#kept.push(message);
      this.#keptBytes += bytes;
      return true;
    }
    this.sentEarly = true;
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      if (!this.#put(first, message.queue)) return false;
      this.#kept.shift();
    }
    return this.#put(message, message.queue);
  }

  /** @param waiting - the queue whose senders go on when there is room */
  #put(message: OutMessage, waiting: string): boolean {
    const { session, arrival, full, onRoom } = this.#place;
    if (session.put({ ...message, arrival }, (error) => this.#taken(error))) {
      this.#open++;
      return true;
    }
    const wait = full.begin([message.queue]);
    session.whenRoom(message.queue, () => {
      full.end(wait);
      onRoom(waiting);
    });
    return false;
  }

  /** Others follow the first: it gets a token of its own, as they do. */
  split(first: string): void {
    const at = this.#kept.findIndex(({ id }) => id === first);
    const message = this.#kept[at];
    const head = message === undefined ? undefined : decodeHead(message.head);
    if (message === undefined || head === undefined) return;
    this.#kept[at] = { ...message, head: encodeHead({ ...head, token: first }) };
  }

  /** Goes with the end, however much that is: nobody can wait with it. */
  keep(message: OutMessage): void {
    this.#kept.push(message);
  }

  /** What is kept does not go. */
  drop(): void {
    this.#kept = [];
    this.#problem = undefined;
  }

  /**
   * Waits until the engine has what went out, and gives what is left to settle with.
   * @throws FlowError what it refused one with
   */
  async rest(): Promise<readonly OutMessage[]> {
    if (this.#open !== 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    if (this.#problem !== undefined) throw this.#problem;
    const rest = this.#kept;
    this.#kept = [];
    return rest;
  }

  #taken(error: FlowError | undefined): void {
    this.#problem ??= error;
    if (--this.#open === 0) this.#onIdle?.();
  }
}
