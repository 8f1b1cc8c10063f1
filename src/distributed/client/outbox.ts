import type { Clock, ClockTimer, FlowError } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { OutMessage } from '../carrier/messages.js';
import { BACKPRESSURE_MS } from '../backpressure.js';

type Done = (error: FlowError | undefined, duplicate: boolean) => void;

/** A message that waits for room. */
interface Waiting {
  readonly message: OutMessage;
  readonly done: Done;
}

/** Those who wait for room in one queue, first come first served. */
interface QueueLine {
  readonly waiting: Set<Waiting>;
  readonly sinceMs: number;
  readonly timer: ClockTimer;
}

/** Sends messages to their queues; those for a full one wait in line (D14). */
export class Outbox {
  readonly #session: CarrierSession;
  readonly #clock: Clock;
  readonly #onBackpressure: (queue: string, waitedMs: number) => void;
  readonly #lines = new Map<string, QueueLine>();

  /** @param onBackpressure - told once of each queue that has been full for some time, until it has let in all who wait */
  constructor(session: CarrierSession, clock: Clock, onBackpressure: (queue: string, waitedMs: number) => void) {
    this.#session = session;
    this.#clock = clock;
    this.#onBackpressure = onBackpressure;
  }

  /**
   * Sends a message, as soon as there is room.
   *
   * @returns takes it back; false when it has gone out
   */
  send(message: OutMessage, done: Done): () => boolean {
    const line = this.#lines.get(message.queue);
    if (line === undefined && this.#session.put(message, done)) return () => false;
    const waiting = { message, done };
    (line ?? this.#begin(message.queue)).waiting.add(waiting);
    return () => this.#withdraw(waiting);
  }

  #begin(queue: string): QueueLine {
    const sinceMs = this.#clock.monotonic();
    const tell = (): void => this.#onBackpressure(queue, this.#clock.monotonic() - sinceMs);
    const timer = this.#clock.setTimer(tell, BACKPRESSURE_MS);
    timer.unref?.();
    const line = { waiting: new Set<Waiting>(), sinceMs, timer };
    this.#lines.set(queue, line);
    this.#session.whenRoom(queue, () => this.#letIn(queue));
    return line;
  }

  #letIn(queue: string): void {
    const line = this.#lines.get(queue);
    if (line === undefined) return;
    for (const waiting of line.waiting) {
      if (!this.#session.put(waiting.message, waiting.done)) {
        this.#session.whenRoom(queue, () => this.#letIn(queue));
        return;
      }
      line.waiting.delete(waiting);
    }
    this.#end(queue, line);
  }

  #withdraw(waiting: Waiting): boolean {
    const { queue } = waiting.message;
    const line = this.#lines.get(queue);
    if (line?.waiting.delete(waiting) !== true) return false;
    if (line.waiting.size === 0) this.#end(queue, line);
    return true;
  }

  #end(queue: string, line: QueueLine): void {
    line.timer.cancel();
    this.#lines.delete(queue);
  }
}
