import type { Logger } from 'winston';

/** The logger that owns the stream and the transports: for one made with `child()`, the one it was made from. */
export function streamOwner(logger: Logger): Logger {
  let owner = logger;
  while (!Object.hasOwn(owner, '_readableState')) {
    const parent = Object.getPrototypeOf(owner) as Logger | null;
    if (parent === null) return logger;
    owner = parent;
  }
  return owner;
}
