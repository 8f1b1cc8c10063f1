import type { RecordTopic } from '../../carrier/records.js';
import type { FlowView } from './flow-view.js';

/** A delivery of a session. */
export interface Held {
  readonly delivery: number;
  readonly seq: number;
  readonly queue: string;
  readonly taking: Taker;
  /** On the monotonic clock. */
  readonly sinceMs: number;
  isStartCounted: boolean;
  /** Held too long: when it goes to others, by the wall clock. */
  lapsesMs: number | undefined;
  /** A settlement of it waits for room. */
  isSettling: boolean;
}

/** One `take` of a session. */
export interface Taker {
  readonly id: number;
  readonly session: ThreadSession;
  readonly queue: string;
  readonly maxHoldMs: number;
  credit: number;
  /** The queue that the file knows it takes from. */
  registered: number | undefined;
}

/** Who hears records, or casts when there is no topic. */
export interface Listener {
  readonly id: number;
  readonly topic: RecordTopic | undefined;
  readonly prefix: string;
  /** The last one that was told; undefined before those that are there were looked at. */
  cursor: number | undefined;
}

/** A session as the thread knows it. */
export class ThreadSession {
  readonly id: number;
  readonly flow: FlowView;
  /** The number under which it holds messages; undefined while it needs none. */
  number: number | undefined = undefined;
  /** The last renewal, on both clocks. */
  renewedMs = 0;
  renewedAtMs = 0;
  /** What the lease was then: that of the flow may have changed since. */
  leasedMs = 0;
  readonly held = new Map<number, Held>();
  readonly takings = new Map<number, Taker>();
  readonly listeners = new Map<number, Listener>();
  /** Queues that it was told have no room, and what it was told last. */
  readonly told = new Map<string, number>();
  /** Queues that it takes from no more, and the file does not know yet. */
  readonly left = new Set<number>();
  isClosing = false;

  constructor(id: number, flow: FlowView) {
    this.id = id;
    this.flow = flow;
  }

  /** Whether the file has to know that it lives. */
  get needsLease(): boolean {
    return this.held.size > 0 || this.takings.size > 0;
  }
}
