import { invalidOption } from '../../errors/option-error.js';
import type { LogLevel } from '../../ports/flow-log.js';

/** A level of winston's npm scale. */
export type WinstonLevel = LogLevel | 'http' | 'verbose' | 'silly';

/** What `level` of `configureLogging` may be: a level of winston's npm scale, or `silent` for no lines at all. */
export type LoggingLevel = WinstonLevel | 'silent';

/** Winston's npm scale: a line passes when its rank is at most the rank of the configured level. */
export const LEVEL_RANKS: Readonly<Record<WinstonLevel, number>> = Object.freeze({
  error: 0,
  warn: 1,
  info: 2,
  http: 3,
  verbose: 4,
  debug: 5,
  silly: 6,
});

/** The rank of `silent`: nothing passes. */
export const SILENT_RANK = -1;

/** What `LOG_LEVEL` calls a level elsewhere, so that one variable can serve several programs. */
const ALIASES: Readonly<Record<string, LoggingLevel>> = {
  warning: 'warn',
  critical: 'error',
  fatal: 'error',
  trace: 'silly',
  off: 'silent',
  none: 'silent',
};

const EXPECTED = `one of ${Object.keys(LEVEL_RANKS).join(', ')}, silent`;

/** The rank of a level name, or undefined when winston's npm scale has no such level. */
export function levelRank(level: unknown): number | undefined {
  if (level === 'silent') return SILENT_RANK;
  return typeof level === 'string' && Object.hasOwn(LEVEL_RANKS, level)
    ? LEVEL_RANKS[level as WinstonLevel]
    : undefined;
}

/**
 * Reads a level as people write it: any case, `WARNING` for `warn`.
 * @throws FlowError `INVALID_OPTION`
 */
export function parseLevel(value: unknown, option: string, owner: string): LoggingLevel {
  const name = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const level = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (levelRank(level) === undefined) throw invalidOption(option, owner, EXPECTED, value);
  return level as LoggingLevel;
}

/** The level to use: the option, else `LOG_LEVEL`, else `info`. */
export function chooseLevel(option: unknown, env: NodeJS.ProcessEnv): LoggingLevel {
  if (option !== undefined) return parseLevel(option, 'level', 'configureLogging()');
  const fromEnv = env['LOG_LEVEL'];
  return fromEnv === undefined || fromEnv.trim() === '' ? 'info' : parseLevel(fromEnv, 'LOG_LEVEL', 'the environment');
}
