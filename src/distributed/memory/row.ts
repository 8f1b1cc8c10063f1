import type { OutMessage } from '../carrier/messages.js';
import type { KnownId } from './known-ids.js';
import type { MemoryDelivery } from './memory-delivery.js';
import type { MemoryQueue } from './memory-queue.js';

/** A message that is stored and not settled. */
export class Row {
  /** Its place among all messages of the engine. */
  readonly seq: number;
  readonly message: OutMessage;
  readonly queue: MemoryQueue;
  readonly storedMs: number;
  /** Who has it; undefined while nobody has. */
  holder: MemoryDelivery | undefined = undefined;
  redelivered = false;
  resumeAttempt = 0;
  /** Counted starts without an end. */
  starts = 0;
  known: KnownId | undefined = undefined;
  /** What was put because of it, and is known as long as it is there. */
  departures: KnownId[] | undefined = undefined;

  constructor(seq: number, message: OutMessage, queue: MemoryQueue, storedMs: number) {
    this.seq = seq;
    this.message = message;
    this.queue = queue;
    this.storedMs = storedMs;
  }
}
