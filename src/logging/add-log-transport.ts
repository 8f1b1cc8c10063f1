import { invalidOption } from '../errors/option-error.js';
import type { WinstonTransport } from './sinks/log-sink.js';
import { loggingHub } from './winston/logging-hub.js';

/**
 * Has a transport take the lines of the `penguiflow` logger and its children too, beside what `configureLogging` says; they are redacted
 * already. Unlike `getLogger().add(transport)` it costs the nodes nothing.
 *
 * @param transport - a winston transport; what its `level` does not want is not made for it
 * @returns what takes it off again
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * using tail = addLogTransport(history.logTransport({ level: 'info' }));
 * ```
 */
export function addLogTransport(transport: WinstonTransport): Disposable {
  const given = transport as Partial<WinstonTransport> | null;
  if (typeof given?.write !== 'function' || typeof given.log !== 'function') {
    throw invalidOption('transport', 'addLogTransport()', 'a winston transport', transport);
  }
  const { root } = loggingHub;
  root.add(transport);
  return {
    [Symbol.dispose]: () => {
      if (root.transports.includes(transport)) root.remove(transport);
    },
  };
}
