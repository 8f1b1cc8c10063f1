import { loggingStats, type LoggingStats } from '#src/logging/shutdown-logging.js';

type Counts = Pick<LoggingStats, 'written' | 'dropped' | 'failed'>;

/** What has become of lines since the test began: the counters are those of the process, and other tests have written, too. */
export function useStats(): () => LoggingStats {
  let before: LoggingStats;
  beforeEach(() => {
    before = loggingStats();
  });
  return () => {
    const now = loggingStats();
    const destinations = now.destinations.map((each) => ({
      ...each,
      ...less(
        each,
        before.destinations.find(({ name }) => name === each.name),
      ),
    }));
    return { ...less(now, before), destinations };
  };
}

function less(now: Counts, before: Counts | undefined): Counts {
  return {
    written: now.written - (before?.written ?? 0),
    dropped: now.dropped - (before?.dropped ?? 0),
    failed: now.failed - (before?.failed ?? 0),
  };
}
