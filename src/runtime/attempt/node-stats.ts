type Counter = 'succeeded' | 'failed' | 'retried' | 'timedOut' | 'cancelled' | 'skipped' | 'loopBlockedS';

/** Counters of one node since the flow started; how its messages ended, and what its attempts went through. */
export class NodeStats {
  succeeded = 0;
  failed = 0;
  retried = 0;
  timedOut = 0;
  cancelled = 0;
  skipped = 0;
  /** How long the synchronous part of `process` held the event loop, where it was too long, in milliseconds. */
  blockedMs = 0;

  /** The counters as a plain object. */
  toJSON(): Readonly<Record<Counter, number>> {
    const { succeeded, failed, retried, timedOut, cancelled, skipped, blockedMs } = this;
    return { succeeded, failed, retried, timedOut, cancelled, skipped, loopBlockedS: blockedMs / 1000 };
  }
}
