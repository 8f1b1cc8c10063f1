import { setImmediate } from 'node:timers';
import type { Logform, Logger } from 'winston';
import packages from '../../packages/packages.cjs';
import { LEVEL_RANKS, npmLevel, type LoggingLevel, type WinstonLevel } from '../lines/logging-level.js';
import { nearestLevel } from '../lines/nearest-level.js';
import type { LineInfo } from '../sinks/log-sink.js';
import { isEnded } from '../sinks/stream-state.js';

const LEVEL = Symbol.for('level');
/** On an info: the arguments of the call, unread. */
export const CALL: unique symbol = Symbol('penguiflow:call') as never;
/** On an info: the `defaultMeta` of the logger that was called. */
export const DEFAULTS: unique symbol = Symbol.for('penguiflow:defaults') as never;

/** What the loggers ask of the hub. */
export interface LineAcceptor {
  level: LoggingLevel;
  silent: boolean;
  isEnabled(rank: number): boolean;
  /** Takes what a logger of that name wrote. */
  accept(info: LineInfo, name: string): void;
  /** Something was piped or unpiped. */
  refresh(): void;
  /** Resolves when what was written before is with the destinations. */
  flush(): Promise<void>;
}

const passThrough: Logform.Format = { transform: (info) => info };

/** Levels that winston's types promise on every logger, with those that they are here. */
const LEVEL_METHODS: readonly string[] = [
  ...Object.keys(LEVEL_RANKS),
  ...['emerg', 'alert', 'crit', 'warning', 'notice', 'help', 'data', 'prompt', 'input'],
];

/** The winston logger above all others of the library. */
export interface RootLogger {
  readonly root: Logger;
  /** The way to the transports that somebody has added to it. */
  readonly send: (info: LineInfo) => void;
  /** Undoes what has been done to it. */
  readonly restore: () => void;
}

/**
 * Makes a winston logger whose lines go to the hub before they enter winston's streams: its methods only pack the
 * call, `write` hands it over, and `level` is the hub's. It is everybody's, so nobody can end it. Children made with winston's
 * `child()` inherit all of it.
 */
export function createRoot(name: string, hub: LineAcceptor): RootLogger {
  const { winston } = packages;
  const { levels } = winston.config.npm;
  const root = winston.createLogger({ levels, format: passThrough, transports: [] });
  const write = root.write.bind(root) as unknown as (info: LineInfo) => void;
  const properties = { ...rootProperties(root, name, hub), ...unending(root, hub) };
  const restore = (): void => {
    Object.defineProperties(root, properties);
    Object.assign(root, { levels, format: passThrough });
  };
  restore();
  return { root, send: (info) => (isEnded(root) || root.destroyed ? undefined : write(info)), restore };
}

function rootProperties(root: Logger, name: string, hub: LineAcceptor): PropertyDescriptorMap {
  const watched = (original: (...args: never[]) => unknown): PropertyDescriptor =>
    method(function (this: Logger, ...args: never[]): unknown {
      const result = original.apply(this, args);
      hub.refresh();
      return result;
    });
  return {
    write: writeProperty(name, hub),
    log: method(logMethod(hub)),
    level: {
      get: () => hub.level,
      set: (level: LoggingLevel) => {
        hub.level = level;
      },
      configurable: true,
      enumerable: true,
    },
    silent: {
      get: () => hub.silent,
      // As in winston, it means nothing on a child.
      set(this: Logger, silent: unknown) {
        if (this === root) hub.silent = silent === true;
      },
      configurable: true,
      enumerable: true,
    },
    isLevelEnabled: method((level: string) => {
      const nearest = nearestLevel(LEVEL_RANKS, level) as WinstonLevel | undefined;
      return nearest !== undefined && hub.isEnabled(LEVEL_RANKS[nearest]);
    }),
    // `watched` calls them on the logger they were called on.
    pipe: watched(root.pipe), // oxlint-disable-line typescript/unbound-method -- see above
    unpipe: watched(root.unpipe), // oxlint-disable-line typescript/unbound-method -- see above
    ...Object.fromEntries(LEVEL_METHODS.map((level) => [level, method(levelMethod(hub, npmLevel(level)))])),
  };
}

/**
 * What would end a logger that everybody writes to. `end()` writes out and then says so, for those who wait for `finish`; `clear()`
 * on the logger itself takes away what was added to it; nothing else happens.
 */
function unending(root: Logger, hub: LineAcceptor): PropertyDescriptorMap {
  const { clear } = root; // oxlint-disable-line typescript/unbound-method -- called on the root
  const say = (event: string): void => void setImmediate(() => root.emit(event));
  return {
    end: method(function (this: Logger, ...args: unknown[]): Logger {
      const [info] = args;
      if (typeof info === 'object' && info !== null) this.write(info);
      const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
      void hub.flush().then(() => {
        if (callback !== undefined) setImmediate(callback);
        say('finish');
      });
      return this;
    }),
    destroy: method(function (this: Logger): Logger {
      say('close');
      return this;
    }),
    close: method(function (this: Logger): Logger {
      say('close');
      return this;
    }),
    clear: method(function (this: Logger): Logger {
      if (this === root) clear.call(root);
      return this;
    }),
  };
}

function method(value: (...args: never[]) => unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/** A logger of another name on the same stream. */
export function createNamed(root: Logger, name: string, hub: LineAcceptor): Logger {
  return Object.create(root, { write: writeProperty(name, hub) }) as Logger;
}

function writeProperty(name: string, hub: LineAcceptor): PropertyDescriptor {
  return { value: (info: LineInfo) => hub.accept(info, name), configurable: true, writable: true };
}

function levelMethod(hub: LineAcceptor, level: LoggingLevel) {
  return function (this: Logger, ...args: unknown[]): Logger {
    if (hub.isEnabled(LEVEL_RANKS[level as WinstonLevel])) this.write(packed(this, level as WinstonLevel, args));
    return this;
  };
}

/** `log(level, message, …)` and `log({ level, message, … })`. */
function logMethod(hub: LineAcceptor) {
  return function (this: Logger, first: unknown, ...rest: unknown[]): Logger {
    const asked = typeof first === 'object' && first !== null ? (first as { readonly level?: unknown }).level : first;
    const level = asked === 'silent' ? 'error' : (npmLevel(asked) as WinstonLevel);
    if (hub.isEnabled(LEVEL_RANKS[level]))
      this.write(packed(this, level, typeof first === 'string' ? rest : [first, ...rest]));
    return this;
  };
}

function packed({ defaultMeta }: Logger, level: WinstonLevel, args: unknown[]): LineInfo {
  return { level, message: '', [LEVEL]: level, [CALL]: args, [DEFAULTS]: defaultMeta };
}
