import type { LogFields } from '../../ports/flow-log.js';
import { RESERVED, SPLAT, type Info } from './redacted-info.js';
import { winstonMessage } from './winston-message.js';

/** The line in which the reserved fields win, also over what formats merge in later from the arguments. */
export function withReserved(info: Info, reserved: LogFields): Info {
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
