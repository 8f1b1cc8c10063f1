import { loggingStats } from '#src/logging/shutdown-logging.js';

/** What has become of lines since a moment: the counters are those of the process, and other tests have written, too. */
export interface StatsSince {
  readonly written: number;
  readonly dropped: number;
  readonly failed: number;
}

/** Begins to count; what it returns tells the count so far. */
export function statsSince(): () => StatsSince {
  const before = loggingStats();
  return () => {
    const now = loggingStats();
    return {
      written: now.written - before.written,
      dropped: now.dropped - before.dropped,
      failed: now.failed - before.failed,
    };
  };
}
