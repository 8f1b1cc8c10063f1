import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { LineCatcher } from './line-catcher.js';

/**
 * What the tests of the enclosing `describe` log to, empty for each of them. They configure logging themselves; it is shut
 * down after each, and `LOG_LEVEL` of the developer is out of the way.
 */
export function useLineCatcher(): LineCatcher {
  const caught = new LineCatcher();
  let level: string | undefined;
  beforeEach(() => {
    caught.clear();
    level = process.env['LOG_LEVEL'];
    delete process.env['LOG_LEVEL'];
  });
  afterEach(async () => {
    if (level === undefined) delete process.env['LOG_LEVEL'];
    else process.env['LOG_LEVEL'] = level;
    // What a test has asked for, `redact: false` say, holds for loggers of a program's own beyond the shutdown.
    configureLogging({ destination: 'none' });
    await shutdownLogging();
  });
  return caught;
}

/** The same with logging configured anew for each test: lines of JSON to what is returned, unless the options say else. */
export function useLogging(options: LoggingOptions = {}): LineCatcher {
  const caught = useLineCatcher();
  beforeEach(() => configureLogging({ structured: true, destination: caught, ...options }));
  return caught;
}
