import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { loggingHub } from './winston/logging-hub.js';
import { ownLoggerStats } from './winston/own-logger-stats.js';
import { processWide } from './scope/process-wide.js';
import { plus, type LineCounts } from './sinks/destination-counts.js';
import type { DestinationStats } from './sinks/log-sink.js';

/** What became of the lines of this process, over all destinations that it has had, and for each that it has. */
export interface LoggingStats {
  /** Lines that destinations took; a line counts once for each destination. */
  readonly written: number;
  /** Lines that were given up: a buffer was full, a destination was gone or too slow to close. */
  readonly dropped: number;
  /** Writes that a destination refused with an error; those that were retried are in `written` too. */
  readonly failed: number;
  /**
   * The present ones, with the counts of those that had their name before; after `shutdownLogging()` those that it closed. A winston logger
   * of yours is one, under the token that it is bound to: `logger LOGGER`.
   */
  readonly destinations: readonly DestinationStats[];
}

/**
 * The counters of the `penguiflow` logger's destinations, and of winston loggers of yours that flows write to. They never go
 * back, whatever is configured anew.
 *
 * @example
 * ```ts
 * const { dropped, destinations } = loggingStats();
 * if (dropped > 0) alarm(destinations.filter((each) => each.dropped > 0).map((each) => each.name));
 * ```
 */
export function loggingStats(): LoggingStats {
  const own = ownLoggerStats();
  const { destinations } = loggingHub;
  return { ...own.reduce<LineCounts>(plus, destinations.total), destinations: [...destinations.stats(), ...own] };
}

/** What {@link shutdownLogging} resolves with. */
export interface LoggingShutdown {
  /** Lines that it gave up, for want of time. */
  readonly dropped: number;
  /** The destinations that took too long, by their names in `loggingStats()`. */
  readonly unflushed: readonly string[];
}

/**
 * Writes out every line that was logged before, then closes the destinations and ends the extra transports. The
 * loggers are silent afterwards, until `configureLogging` is called again. Several may call it at a time: each waits for all.
 *
 * @param options.timeoutS - how long a destination may take, in seconds; what is left then is counted as dropped.
 * @defaultValue 5
 * @returns what was given up
 * @throws FlowError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * await flow.stop();
 * const { dropped, unflushed } = await shutdownLogging();
 * ```
 */
export async function shutdownLogging(options: { readonly timeoutS?: number } = {}): Promise<LoggingShutdown> {
  rejectUnknownOptions(options, ['timeoutS'], 'shutdownLogging()');
  const { timeoutS = 5 } = options;
  if (!(typeof timeoutS === 'number' && timeoutS > 0))
    throw invalidOption('timeoutS', 'shutdownLogging()', '> 0', timeoutS);
  loggingHub.disconnect();
  const left = await loggingHub.destinations.close(timeoutS * 1000);
  return {
    dropped: left.reduce((total, { dropped }) => total + dropped, 0),
    unflushed: left.map(({ name }) => name),
  };
}

/** Writes what waits when the process, or the worker thread, ends; whatever is under way then. */
export function watchProcessExit(): void {
  processWide('exit-watch', () => process.on('exit', flushAtExit));
}

function flushAtExit(): void {
  loggingHub.drainStream();
  loggingHub.destinations.flushSync();
}
