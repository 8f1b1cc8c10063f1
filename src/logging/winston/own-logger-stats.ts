import { processWide } from '../scope/process-wide.js';
import type { DestinationStats } from '../sinks/log-sink.js';

/** What became of the lines of the user's loggers that stand behind one token. */
export interface LoggerCounters {
  written: number;
  dropped: number;
  failed: number;
}

const counters = processWide('own-logger-counters', () => new Map<string, LoggerCounters>());

/** The counters of all loggers that are called so. */
export function countersOf(token: string): LoggerCounters {
  let found = counters.get(token);
  if (found === undefined) counters.set(token, (found = { written: 0, dropped: 0, failed: 0 }));
  return found;
}

/** One entry for each token that a winston logger of the user's stands behind. */
export function ownLoggerStats(): readonly DestinationStats[] {
  return Array.from(counters, ([token, counted]) => ({ name: `logger ${token}`, ...counted, pending: 0 }));
}
