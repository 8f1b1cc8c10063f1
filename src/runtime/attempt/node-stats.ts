type Counter =
  | 'succeeded'
  | 'failed'
  | 'retried'
  | 'timedOut'
  | 'cancelled'
  | 'skipped'
  | 'incomplete'
  | 'loopBlockedS';

/** Counters of one node since the flow started; how its messages ended, and what its attempts went through. */
export class NodeStats {
  succeeded = 0;
  failed = 0;
  retried = 0;
  timedOut = 0;
  cancelled = 0;
  skipped = 0;
  /** Results of a join that were given up, because what they lacked could not come any more. */
  incomplete = 0;
  /** How long the synchronous part of `process` held the event loop, where it was too long, in milliseconds. */
  blockedMs = 0;

  /** The counters as a plain object. */
  toJSON(): Readonly<Record<Counter, number>> {
    const { succeeded, failed, retried, timedOut, cancelled, skipped, incomplete, blockedMs } = this;
    return { succeeded, failed, retried, timedOut, cancelled, skipped, incomplete, loopBlockedS: blockedMs / 1000 };
  }
}
