import { isThenable } from '../../message/is-thenable.js';
import type { WinstonTransport } from './log-sink.js';

type Callback = (...results: unknown[]) => void;

/** The transports that are guarded already; one may serve several loggers. */
const guarded = new WeakSet<WinstonTransport>();

/**
 * Sees to it that a transport whose `log` throws, or gives a promise that rejects, goes on with the next line. Winston would
 * wait for that line for ever, and in time all other transports of the logger with it.
 *
 * @param onFailure - gets what was thrown
 */
export function guardTransport(transport: WinstonTransport, onFailure: (error: unknown) => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- `log.call` below
  const log = transport.log as ((info: unknown, next: Callback) => unknown) | undefined;
  if (typeof log !== 'function' || guarded.has(transport)) return;
  guarded.add(transport);
  transport.log = (info: unknown, next: Callback): unknown =>
    callLog((done) => log.call(transport, info, done), next, onFailure);
}

/**
 * Calls `log`; when it fails without having called back, that is done for it.
 *
 * @param onFailure - gets what was thrown, and whether it had called back
 */
export function callLog(
  log: (done: Callback) => unknown,
  next: Callback,
  onFailure: (error: unknown, wasDone: boolean) => void,
): unknown {
  let isDone = false;
  const done: Callback = (...results) => {
    isDone = true;
    next(...results);
  };
  const failed = (error: unknown): void => {
    onFailure(error, isDone);
    if (!isDone) done();
  };
  try {
    const result = log(done);
    // The promise is of the transport's own making; whoever waits for it hears of it all the same.
    if (isThenable(result)) result.then(undefined, failed);
    return result;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
