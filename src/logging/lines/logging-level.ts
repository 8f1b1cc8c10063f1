import { invalidOption } from '../../errors/option-error.js';
import type { LogLevel } from '../../ports/flow-log.js';
import { nearestLevel } from './nearest-level.js';

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

const SILENT_NAMES: readonly string[] = ['silent', 'off', 'none'];

const EXPECTED = `one of ${Object.keys(LEVEL_RANKS).join(', ')}, silent`;

/** The rank of a level name, or undefined when winston's npm scale has no such level. */
export function levelRank(level: unknown): number | undefined {
  if (level === 'silent') return SILENT_RANK;
  return typeof level === 'string' && Object.hasOwn(LEVEL_RANKS, level)
    ? LEVEL_RANKS[level as WinstonLevel]
    : undefined;
}

/** The level of a line: what winston's npm scale has no name for is `warn` for `warning` and the like, else `error`. */
export function npmLevel(level: unknown): LoggingLevel {
  if (levelRank(level) !== undefined) return level as LoggingLevel;
  return typeof level === 'string' ? ((nearestLevel(LEVEL_RANKS, level) ?? 'error') as WinstonLevel) : 'error';
}

/**
 * Reads a level as people write it: any case, and the names of other scales, `WARNING` for `warn`.
 * @throws FlowError `INVALID_OPTION`
 */
export function parseLevel(value: unknown, option: string, owner: string): LoggingLevel {
  const name = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const level = SILENT_NAMES.includes(name) ? 'silent' : nearestLevel(LEVEL_RANKS, name);
  if (level === undefined) throw invalidOption(option, owner, EXPECTED, value);
  return level as LoggingLevel;
}

/** The level to use: the option, else `LOG_LEVEL`, else `info`. */
export function chooseLevel(option: unknown, env: NodeJS.ProcessEnv): LoggingLevel {
  if (option !== undefined) return parseLevel(option, 'level', 'configureLogging()');
  const fromEnv = env['LOG_LEVEL'];
  return fromEnv === undefined || fromEnv.trim() === '' ? 'info' : parseLevel(fromEnv, 'LOG_LEVEL', 'the environment');
}
