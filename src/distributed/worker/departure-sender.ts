import type { FlowError } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { OutMessage } from '../carrier/messages.js';

/** What an arrival leads to is kept until it is over, up to here (D4). */
const MOST_KEPT = 64;
const MOST_KEPT_BYTES = 1_048_576;

/** Where departures go, and whom to tell. */
interface DeparturePlace {
  readonly session: CarrierSession;
  /** Id of the arrival. */
  readonly arrival: string;
  /** There is no room in a queue; `onRoom` follows when there is, and says for which queue somebody waits. */
  readonly onFull: (queue: string) => void;
  readonly onRoom: (queue: string, waiting: string) => void;
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
    if (!this.sentEarly && this.#kept.length < MOST_KEPT && this.#keptBytes + bytes <= MOST_KEPT_BYTES) {
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
    const { session, arrival, onFull, onRoom } = this.#place;
    if (session.put({ ...message, arrival }, (error) => this.#taken(error))) {
      this.#open++;
      return true;
    }
    onFull(message.queue);
    session.whenRoom(message.queue, () => onRoom(message.queue, waiting));
    return false;
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
