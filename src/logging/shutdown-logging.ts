import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { loggingHub } from './winston/logging-hub.js';
import { ownLoggerStats } from './winston/own-logger-stats.js';
import type { DestinationStats } from './sinks/log-sink.js';

/** What became of the lines since logging was configured, over all destinations and for each. */
export interface LoggingStats {
  /** Lines that destinations took; a line counts once for each destination. */
  readonly written: number;
  /** Lines that were given up: a buffer was full, a destination was gone or too slow to close. */
  readonly dropped: number;
  /** Writes that a destination refused with an error; those that were retried are in `written` too. */
  readonly failed: number;
  readonly destinations: readonly DestinationStats[];
}

/**
 * The counters of the `penguiflow` logger's destinations. After `shutdownLogging()`: those of the ones it closed.
 *
 * @example
 * ```ts
 * const { dropped, destinations } = loggingStats();
 * if (dropped > 0) alarm(destinations.filter((each) => each.dropped > 0).map((each) => each.name));
 * ```
 */
export function loggingStats(): LoggingStats {
  const destinations = [...loggingHub.destinations.stats(), ...ownLoggerStats()];
  const sum = (pick: (stats: DestinationStats) => number): number =>
    destinations.reduce((total, stats) => total + pick(stats), 0);
  return {
    written: sum((stats) => stats.written),
    dropped: sum((stats) => stats.dropped),
    failed: sum((stats) => stats.failed),
    destinations,
  };
}

/**
 * Writes out every line that was logged before, then closes the destinations and ends the extra transports. The
 * loggers are silent afterwards, until `configureLogging` is called again.
 *
 * @param options.timeoutS - how long a destination may take, in seconds; what is left then is counted as dropped.
 * @defaultValue 5
 * @throws FlowError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * await flow.stop();
 * await shutdownLogging();
 * ```
 */
export async function shutdownLogging(options: { readonly timeoutS?: number } = {}): Promise<void> {
  rejectUnknownOptions(options, ['timeoutS'], 'shutdownLogging()');
  const { timeoutS = 5 } = options;
  if (!(typeof timeoutS === 'number' && timeoutS > 0))
    throw invalidOption('timeoutS', 'shutdownLogging()', '> 0', timeoutS);
  loggingHub.disconnect();
  process.off('exit', flushAtExit);
  await loggingHub.destinations.close(timeoutS * 1000);
}

/** Writes what is buffered when the process ends without `shutdownLogging`. */
export function watchProcessExit(): void {
  process.off('exit', flushAtExit);
  process.on('exit', flushAtExit);
}

function flushAtExit(): void {
  loggingHub.drainStream();
  loggingHub.destinations.flushSync();
}
