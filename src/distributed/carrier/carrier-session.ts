import type { FlowError } from '../../index.js';
import type { CarrierPlan, ProvisionDiff } from './carrier-plan.js';
import type { DeadLetter, DeadLetterQuery, Delivery, OutMessage, QueueState, Settlement } from './messages.js';
import type { RecordTopic, StoredDocument, StoredRecord, Subscription } from './records.js';

/**
 * A connection to an engine, of one process and one flow.
 *
 * While the engine is away everything waits and goes on by itself when it is back (D25). A promise rejects with `CARRIER_CLOSED` when the session is
 * closed before. Callbacks are never called inside the call that leads to them, and must not throw.
 *
 * @example
 * ```ts
 * function send(session: CarrierSession, message: OutMessage, done: (error?: FlowError) => void): void {
 *   if (!session.put(message, done)) session.whenRoom(message.queue, () => send(session, message, done));
 * }
 * ```
 */
export interface CarrierSession {
  readonly can: CarrierAbilities;

  /**
   * Has the engine have what a plan needs. Bounds and times are changed where they differ, for all sessions of the flow; times that it leaves out stay as they are.
   *
   * - A queue goes only when it holds nothing (D26), and lanes change only when all queues of their node hold nothing (D21); otherwise nothing is changed.
   * - `verify` makes nothing; it resolves when there is nothing to make.
   *
   * @returns in what the plan differed from what was there
   * @throws FlowError `PLAN_CHANGED` when it may not be changed; `metadata` has the diff and the queues that hold messages; and when its times do not fit those of the engine
   */
  provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): Promise<ProvisionDiff>;

  /** The engine's clock, in milliseconds since the epoch, as far as the session knows it; also while the engine is away. Deadlines travel on it (D15). */
  now(): number;

  /**
   * Offers a message. False means that nothing was taken: the queue is at its bound, or 256 messages of the session are without an answer; the sender
   * waits with {@link whenRoom} (D14).
   *
   * @param done - called once when it was taken. Without an error the engine has it (D2), stored now or before under the same id (`duplicate`, D6). With
   *   one it never will: `MESSAGE_TOO_LARGE` (head and body together are above `can.maxBytes`, D27), `PLAN_CHANGED` (the engine has no such queue), `CARRIER_CLOSED`
   */
  put(message: OutMessage, done: (error: FlowError | undefined, duplicate: boolean) => void): boolean;

  /** Calls back once, when `put` to this queue may succeed again; those of the session who wait longest come first. When the session is closed it calls back, too: `put` says why. */
  whenRoom(queue: string, callback: () => void): void;

  /**
   * Takes messages off a queue in the order in which they were stored. Sessions that take from one queue get them in turns. A queue that the engine
   * does not have yet gives nothing.
   *
   * @param options - how many are handed out, until `more` of what is returned gives more credit
   */
  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): Taking;

  /**
   * Ends a delivery for good, and stores what it led to: departures that are not put yet, and a dead letter. One transaction where `can.atomicSettle`; otherwise
   * departures go first, then the dead letter, then the end. Waits while a queue of a departure is at its bound; a settlement that has room for one brings all.
   *
   * @throws FlowError `LEASE_LOST` when the delivery is not ours any more, with nothing stored where `can.atomicSettle`; `MESSAGE_TOO_LARGE` and `PLAN_CHANGED` when a
   *   departure cannot be stored: nothing was, and the delivery is still ours
   */
  settle(delivery: Delivery, outcome: Settlement): Promise<void>;

  /**
   * Hands back what has not begun: others may have it at once, in its old place as far as the engine can. No start (D12). Those that are not ours any more are
   * left alone.
   */
  release(deliveries: readonly Delivery[]): Promise<void>;

  /**
   * Hands back for a time: it is handed out again after `delayS` with `resumeAttempt` (D10). No start (D12). A lane waits for it.
   *
   * @param delayS - in seconds, by the engine's clock
   * @throws FlowError `LEASE_LOST`
   */
  later(delivery: Delivery, delayS: number, resumeAttempt: number): Promise<void>;

  /**
   * Counts a start of a delivery that was handed out before, before it runs (D12). Settling or handing back a delivery whose start was counted ends all starts of its
   * message; handing back one whose start was not counted leaves them.
   *
   * @returns how many starts of the message have no end, this one included
   * @throws FlowError `LEASE_LOST`
   */
  countStart(delivery: Delivery): Promise<number>;

  /**
   * Hears once of each delivery whose lease is gone. The session renews what it has handed out by itself (D9), also while the code of the process blocks as far
   * as the engine can, until it is settled, handed back, or held for `maxHoldS`.
   *
   * - `lost`: no renewal went out for `leaseS`; another session may have it, and nothing of it can be settled.
   * - `held_too_long`: it is not renewed any more. For at least half of `leaseS` it is ours, time to settle it as failed; then it goes to another session.
   */
  onLost(callback: (delivery: Delivery, why: 'lost' | 'held_too_long') => void): void;

  /** Reads a document. */
  doc(key: string): Promise<StoredDocument | undefined>;

  /**
   * Writes a document if nobody was there first.
   *
   * @param rev - that of the document as it was read; 0 when it must not exist
   * @param ttlS - it is gone after that many seconds without another write. @defaultValue it stays
   * @returns whether it was written
   */
  writeDoc(key: string, body: string, rev: number, ttlS?: number): Promise<boolean>;

  /** Deletes a document if nobody was there first. */
  deleteDoc(key: string, rev: number): Promise<boolean>;

  /** All documents whose key begins so, by key. */
  docs(prefix: string): Promise<readonly StoredDocument[]>;

  /**
   * Stores a record; it resolves when the engine has it. Of equal topic, key and id the first one counts (D6).
   *
   * @param ttlS - for so many seconds. @defaultValue `keepS` of the flow
   */
  record(topic: RecordTopic, key: string, id: string, body: string, ttlS?: number): Promise<void>;

  /**
   * Hears all records of a topic whose key begins so, in the order in which they were stored: those that are there (`start`) and each that comes. It goes on by itself
   * when the engine was away, and misses none (D16, D17).
   */
  records(
    topic: RecordTopic,
    keyPrefix: string,
    from: 'start' | 'now',
    on: (record: StoredRecord) => void,
  ): Subscription;

  /** The records of one key that are there, in the order in which they were stored. */
  recordsOf(topic: RecordTopic, key: string): Promise<readonly StoredRecord[]>;

  /** Sends a text to every session of the engine that hears its topic, this one included. It may be lost, and is not stored. */
  cast(topic: string, body: string): void;

  /** Hears what is cast on topics that begin so, from now on. What one session casts comes in its order. */
  hear(topicPrefix: string, on: (topic: string, body: string) => void): Subscription;

  /** What the queues of the flow hold (D34), in the order of the plan. */
  queues(): Promise<readonly QueueState[]>;

  /** The dead letters of the flow. */
  readonly dead: DeadLetters;

  /**
   * Ends the session. What it holds goes back at once, except what is being settled; what it has under way is waited for at most `drainMs`, then rejected with `CARRIER_CLOSED`.
   * Closing twice is fine.
   */
  close(drainMs: number): Promise<void>;
}

/** In what engines differ. */
export interface CarrierAbilities {
  /** A settlement is stored whole or not at all, whatever dies meanwhile. */
  readonly atomicSettle: boolean;
  /** The most that head and body of a message may have together, in bytes as UTF-8 (D27). */
  readonly maxBytes: number;
}

/** How messages are taken. */
export interface TakeOptions {
  /** At most that many are handed out, until more credit is given. */
  readonly free: number;
  /** A delivery is not renewed any longer, in seconds (D9). @defaultValue of a queue 900 */
  readonly maxHoldS: number;
}

/** A queue that is being taken from. */
export interface Taking {
  /** Gives credit for that many more. */
  more(free: number): void;
  /** No more is handed out; what was handed out stays until it is settled or handed back. */
  stop(): void;
}

/** What failed for good: kept for 14 days, and at most 100,000 of a flow; the oldest ones go, and `onProblem` of a session hears how many. To put one back: `put` it under an id of its own, as the former one is still known for a while (D6), then discard it. */
export interface DeadLetters {
  /** Oldest first. */
  list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  read(id: string): Promise<DeadLetter | undefined>;
  /** @returns how many of them were there */
  discard(ids: readonly string[]): Promise<number>;
}
