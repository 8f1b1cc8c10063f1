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
    const known = before.destinations.map(({ name }) => name);
    const isOfNow = ({ name, written, dropped, failed }: (typeof destinations)[number]): boolean =>
      !known.includes(name) || written + dropped + failed > 0;
    return { ...less(now, before), destinations: destinations.filter(isOfNow) };
  };
}

function less(now: Counts, before: Counts | undefined): Counts {
  return {
    written: now.written - (before?.written ?? 0),
    dropped: now.dropped - (before?.dropped ?? 0),
    failed: now.failed - (before?.failed ?? 0),
  };
}
