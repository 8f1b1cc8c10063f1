/** Counters of one node since the flow started; how its messages ended, and what its attempts went through. */
export class NodeStats {
  succeeded = 0;
  failed = 0;
  retried = 0;
  timedOut = 0;
  cancelled = 0;
  skipped = 0;

  /** The counters as a plain object. */
  toJSON(): Readonly<Record<'succeeded' | 'failed' | 'retried' | 'timedOut' | 'cancelled' | 'skipped', number>> {
    const { succeeded, failed, retried, timedOut, cancelled, skipped } = this;
    return { succeeded, failed, retried, timedOut, cancelled, skipped };
  }
}
