import type { Logger } from 'winston';
import { invalidOption } from '../../errors/option-error.js';
import type { LogFields } from '../../ports/flow-log.js';
import { winstonMessage } from './winston-message.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { loggingHub, RESERVED } from './logging-hub.js';
import { streamOwner } from './stream-owner.js';

type Info = Record<string | symbol, unknown>;

const SPLAT = Symbol.for('splat');
/** The `write` that a correlated logger had before; the marker of a correlated logger, too. */
const PLAIN_WRITE = Symbol.for('penguiflow:plain-write');

/**
 * Makes every line of a winston logger, and of its children, carry `trace_id`, `flow_name`, `node_name`, `node_id`,
 * `tenant` and `attempt` when it is written during a node's `process`. The values are those of the moment of the call,
 * however late a format or transport runs, and they win over fields of the call with the same name.
 *
 * The logger is changed in place and returned, for a child with the one it was made from, because winston seals the
 * `write` of children. Correlating twice is fine. Loggers from `getLogger` are correlated already.
 *
 * @throws FlowError `INVALID_OPTION` when it is no winston logger
 * @example
 * ```ts
 * const log = correlate(winston.createLogger({ transports: [new winston.transports.Console()] }));
 * ```
 */
export function correlate<L extends Logger>(logger: L): L {
  if (typeof (logger as Partial<Logger> | undefined)?.write !== 'function') {
    const hint = 'Give what `winston.createLogger(...)` returns; for other loggers use `ctx.logger`, or bind FLOW_LOG.';
    throw invalidOption('logger', 'correlate()', 'a winston Logger', logger, hint);
  }
  const owner = streamOwner(logger);
  if (PLAIN_WRITE in owner) return logger;
  attemptScope.hold();
  if (owner === loggingHub.root) return logger;
  // oxlint-disable-next-line typescript/unbound-method -- it is called on whichever logger was written to
  const plain = owner.write;
  Object.defineProperty(owner, PLAIN_WRITE, { value: plain, configurable: true });
  Object.defineProperty(owner, 'write', {
    value(this: Logger, info: Info, ...rest: [BufferEncoding]): boolean {
      const reserved = attemptScope.current;
      return plain.call(
        this,
        reserved === undefined || info[RESERVED] !== undefined ? info : withReserved(info, reserved),
        ...rest,
      );
    },
    configurable: true,
    writable: true,
  });
  return logger;
}

/** The line in which the reserved fields win, also over what formats merge in later from the arguments. */
function withReserved(info: Info, reserved: LogFields): Info {
  const splat = info[SPLAT];
  if (!Array.isArray(splat)) return Object.assign(copyOf(info), reserved, { [RESERVED]: reserved });
  // With arguments winston made the object for this line, so there is nobody's object to spare.
  if (!(splat[0] instanceof Error)) info['message'] = winstonMessage(info['message'], splat[0]);
  info[SPLAT] = splat.map((arg: unknown) => withoutReserved(arg, reserved));
  return Object.assign(info, reserved, { [RESERVED]: reserved });
}

function copyOf(info: Info): Info {
  return info instanceof Error
    ? Object.assign({}, info, { message: info.message, stack: info.stack, cause: info.cause })
    : { ...info };
}

function withoutReserved(arg: unknown, reserved: LogFields): unknown {
  if (typeof arg !== 'object' || arg === null || arg instanceof Error || Array.isArray(arg)) return arg;
  if (!('message' in arg) && !Object.keys(reserved).some((key) => key in arg)) return arg;
  return Object.fromEntries(Object.entries(arg).filter(([key]) => key !== 'message' && !Object.hasOwn(reserved, key)));
}
