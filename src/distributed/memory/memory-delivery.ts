import type { Delivery } from '../carrier/messages.js';
import type { MemoryTaking } from './memory-taking.js';
import type { Row } from './row.js';
import type { Settling } from './settling.js';

/** A row in the hands of a session. */
export class MemoryDelivery implements Delivery {
  readonly id: string;
  readonly queue: string;
  readonly head: string;
  readonly body: string;
  readonly redelivered: boolean;
  readonly starts: number;
  readonly resumeAttempt: number;
  readonly storedMs: number;
  readonly #row: Row;
  readonly #taking: MemoryTaking;
  readonly #sinceMs: number;
  /** Under way, or waiting for room. */
  settling: Settling | undefined = undefined;
  isStartCounted = false;
  isHeldTooLong = false;

  /** @param sinceMs - on the engine's monotonic clock */
  constructor(row: Row, taking: MemoryTaking, sinceMs: number) {
    const { id, queue, head, body } = row.message;
    this.id = id;
    this.queue = queue;
    this.head = head;
    this.body = body;
    this.redelivered = row.redelivered;
    this.starts = row.starts;
    this.resumeAttempt = row.resumeAttempt;
    this.storedMs = row.storedMs;
    this.#row = row;
    this.#taking = taking;
    this.#sinceMs = sinceMs;
  }

  get row(): Row {
    return this.#row;
  }

  get taking(): MemoryTaking {
    return this.#taking;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Whether the session still has it. */
  get isHeld(): boolean {
    return this.#row.holder === this;
  }
}
