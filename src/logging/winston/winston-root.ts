import type { Logform, Logger } from 'winston';
import packages from '../../packages/packages.cjs';
import { LEVEL_RANKS, levelRank, type LoggingLevel, type WinstonLevel } from '../lines/logging-level.js';
import type { LineInfo } from '../sinks/log-sink.js';

const LEVEL = Symbol.for('level');
/** On an info: the arguments of the call, unread. */
export const CALL: unique symbol = Symbol('penguiflow:call') as never;
/** On an info: the `defaultMeta` of the logger that was called. */
export const DEFAULTS: unique symbol = Symbol.for('penguiflow:defaults') as never;

/** What the loggers ask of the hub. */
export interface LineAcceptor {
  level: LoggingLevel;
  isEnabled(rank: number): boolean;
  /** Takes what a logger of that name wrote. */
  accept(info: LineInfo, name: string): void;
  /** Something was piped or unpiped. */
  refresh(): void;
}

const passThrough: Logform.Format = { transform: (info) => info };

/**
 * Makes a winston logger whose lines go to the hub before they enter winston's streams: its methods only pack the
 * call, `write` hands it over, and `level` is the hub's. Children made with winston's `child()` inherit all of it.
 *
 * @returns the logger, and the way into its stream for finished lines
 */
export function createRoot(
  name: string,
  hub: LineAcceptor,
): { readonly root: Logger; readonly send: (info: LineInfo) => void } {
  const { winston } = packages;
  const root = winston.createLogger({ levels: winston.config.npm.levels, format: passThrough, transports: [] });
  const send = root.write.bind(root) as unknown as (info: LineInfo) => void;
  const watched = (method: (...args: never[]) => unknown) =>
    function (this: Logger, ...args: never[]): unknown {
      const result = method.apply(this, args);
      hub.refresh();
      return result;
    };
  Object.defineProperties(root, {
    write: writeProperty(name, hub),
    log: { value: logMethod(hub), configurable: true, writable: true },
    level: {
      get: () => hub.level,
      set: (level: LoggingLevel) => {
        hub.level = level;
      },
      configurable: true,
      enumerable: true,
    },
    isLevelEnabled: { value: (level: string) => hub.isEnabled(levelRank(level) ?? Number.POSITIVE_INFINITY) },
    // `watched` calls them on the logger they were called on.
    pipe: { value: watched(root.pipe) }, // oxlint-disable-line typescript/unbound-method -- see above
    unpipe: { value: watched(root.unpipe) }, // oxlint-disable-line typescript/unbound-method -- see above
  });
  for (const [level, rank] of Object.entries(LEVEL_RANKS)) {
    Object.defineProperty(root, level, {
      value: levelMethod(hub, level as WinstonLevel, rank),
      configurable: true,
      writable: true,
    });
  }
  return { root, send };
}

/** A logger of another name on the same stream. */
export function createNamed(root: Logger, name: string, hub: LineAcceptor): Logger {
  return Object.create(root, { write: writeProperty(name, hub) }) as Logger;
}

function writeProperty(name: string, hub: LineAcceptor): PropertyDescriptor {
  return { value: (info: LineInfo) => hub.accept(info, name), configurable: true, writable: true };
}

function levelMethod(hub: LineAcceptor, level: WinstonLevel, rank: number) {
  return function (this: Logger, ...args: unknown[]): Logger {
    if (hub.isEnabled(rank)) this.write(packed(this, level, args));
    return this;
  };
}

/** `log(level, message, …)` and `log({ level, message, … })`. A level nobody knows counts as `error`. */
function logMethod(hub: LineAcceptor) {
  return function (this: Logger, first: unknown, ...rest: unknown[]): Logger {
    const asked = typeof first === 'object' && first !== null ? (first as { readonly level?: unknown }).level : first;
    const level = levelRank(asked) === undefined || asked === 'silent' ? 'error' : (asked as WinstonLevel);
    if (hub.isEnabled(LEVEL_RANKS[level])) {
      this.write(packed(this, level, typeof first === 'string' ? rest : [first, ...rest]));
    }
    return this;
  };
}

function packed({ defaultMeta }: Logger, level: WinstonLevel, args: unknown[]): LineInfo {
  return { level, message: '', [LEVEL]: level, [CALL]: args, [DEFAULTS]: defaultMeta };
}
