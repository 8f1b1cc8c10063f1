/** A message on its way to a queue. The carrier reads neither head nor body. */
export interface OutMessage {
  /** Messages of a flow with equal ids are stored once (D6). At most 200 characters. */
  readonly id: string;
  /** A queue of the plan: a node, or `node#lane`. */
  readonly queue: string;
  /** Facts for the receiver, as compact JSON. */
  readonly head: string;
  /** The payload, as tagged JSON. */
  readonly body: string;
  /**
   * For a departure that is put before its arrival is settled: the id of the arrival. An engine that keeps rows knows the id of the departure as long
   * as the arrival is there, so that a second run of it stores nothing twice however late it comes (D6).
   */
  readonly arrival?: string;
}

/** A message that was handed out. It is the very object that `settle`, `release`, `later` and `countStart` take, and no copy of it. */
export interface Delivery {
  readonly id: string;
  readonly queue: string;
  readonly head: string;
  readonly body: string;
  /** It was handed out before and neither settled nor handed back: whoever had it has died, or lost it. A hand-back by `release` or `later` is none. */
  readonly redelivered: boolean;
  /** Starts of it that were counted and have no end (D12); 0 unless it was handed out before. */
  readonly starts: number;
  /** What `later` was given, else 0. */
  readonly resumeAttempt: number;
  /** When it was stored, by the engine's clock, in milliseconds since the epoch. */
  readonly storedMs: number;
}

/** How a delivery ends. */
export interface Settlement {
  /** What it led to and was not put yet: at most 64, and 1 MB together (D4). */
  readonly departures: readonly OutMessage[];
  /** A copy goes to the dead letters; the reason is a `FlowErrorPayload` as JSON. */
  readonly dead?: { readonly reason: string };
}

/** What is left of a message that failed for good. */
export interface DeadLetter {
  /** Names the letter at the engine, for `read`, `discard` and `after`. A message may die more than once: its own id is `messageId`. */
  readonly id: string;
  readonly messageId: string;
  readonly queue: string;
  readonly head: string;
  readonly body: string;
  /** A `FlowErrorPayload` as JSON. */
  readonly reason: string;
  /** When it died, by the engine's clock, in milliseconds since the epoch. */
  readonly deadMs: number;
}

/** Which dead letters are listed. */
export interface DeadLetterQuery {
  /** Those of one queue. @defaultValue all queues of the flow */
  readonly queue?: string;
  /** Those after the letter of this id, which may have been discarded since. */
  readonly after?: string;
  /** @defaultValue 100; at most 1,000 are given */
  readonly limit?: number;
}

/** What a queue holds. */
export interface QueueState {
  readonly queue: string;
  /** Stored and handed out to nobody; those that `later` has put off are among them. */
  readonly pending: number;
  /** Handed out, and neither settled nor handed back. */
  readonly unacked: number;
  /** When the oldest of both was stored, by the engine's clock, in milliseconds since the epoch; undefined when there is none. */
  readonly oldestMs: number | undefined;
  /** Dead letters that came from it. */
  readonly dead: number;
}
