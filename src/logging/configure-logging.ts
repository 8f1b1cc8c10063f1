import { checkLoggingOptions, type LoggingOptions } from './sinks/logging-config.js';
import { parseLevel, type LoggingLevel } from './lines/logging-level.js';
import { attemptScope } from './scope/correlation-scope.js';
import { loggingHub } from './winston/logging-hub.js';
import { watchProcessExit } from './shutdown-logging.js';

/**
 * Sets up the winston logger `penguiflow` and its children: level, shape of the lines, where they go, what is hidden.
 * Calling it again replaces the set-up; a destination that both name stays open.
 *
 * Until it is called, the loggers are silent.
 *
 * @throws FlowError `INVALID_OPTION` for an option or a `LOG_LEVEL` that cannot be
 * @throws FlowError `LOG_DESTINATION_FAILED` when the file cannot be opened; the set-up before it stays
 *
 * @example
 * ```ts
 * configureLogging({ level: 'info', structured: true, destination: { file: 'logs/orders.log' } });
 * ```
 */
export function configureLogging(options: LoggingOptions = {}): void {
  const config = checkLoggingOptions(options, process.env);
  loggingHub.configure(config, process.env);
  attemptScope.isAllowed = config.correlation;
  watchProcessExit();
}

/**
 * Changes the level of the `penguiflow` logger and its children while the process runs. So does
 * `getLogger().level = 'debug'`.
 *
 * @throws FlowError `INVALID_OPTION` for a level that winston's npm scale does not have
 *
 * @example
 * ```ts
 * process.on('SIGUSR2', () => setLogLevel('debug'));
 * ```
 */
export function setLogLevel(level: LoggingLevel): void {
  loggingHub.level = parseLevel(level, 'level', 'setLogLevel()');
}
