import type { LoggerService, LogLevel } from '@nestjs/common';
import { types } from 'node:util';
import type { Logger } from 'winston';
import { correlate, getLogger } from '../index.js';
import { errorFields, isList } from './log-values.js';
import { readNestLogCall } from './nest-log-call.js';

/** Names a line has already; a field of that name gets an underscore at its end. */
const TAKEN: readonly string[] = ['level', 'message'];

/** NestJS's levels, and those of the lines. */
const LEVELS = {
  verbose: 'verbose',
  debug: 'debug',
  log: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const;
/** From the least to the most severe, as NestJS has it. */
const ASCENDING = Object.keys(LEVELS) as readonly LogLevel[];

/**
 * Sends what NestJS and `new Logger('Context')` log through the winston logger of the flows: one format, one place, and the
 * trace id of the request on each line. `context` is a field; `log` is level info, `fatal` level error with `fatal: true`. Objects,
 * class instances included, are fields; an error keeps its stack, causes, `errors` and whatever else it has, such as `code`. Never throws.
 *
 * @example
 * ```ts
 * const app = await NestFactory.create(AppModule, { bufferLogs: true });
 * app.useLogger(app.get(PenguiFlowLogger));
 * ```
 */
export class PenguiFlowLogger implements LoggerService {
  readonly #logger: Logger;
  /** Errors as they are for a logger of ours, which shows all of them, and as plain objects for any other. */
  readonly #shown: (error: Error) => unknown;
  #levels: readonly LogLevel[] | undefined;

  /** @param logger - @defaultValue `getLogger('nest')` */
  constructor(logger?: Logger) {
    this.#logger = logger === undefined ? getLogger('nest') : correlate(logger);
    this.#shown = logger === undefined ? (error) => error : errorFields;
  }

  log(message: unknown, ...params: unknown[]): void {
    this.#write('log', message, params);
  }

  error(message: unknown, ...params: unknown[]): void {
    this.#write('error', message, params);
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.#write('warn', message, params);
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.#write('debug', message, params);
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.#write('verbose', message, params);
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.#write('fatal', message, params);
  }

  /**
   * Which of NestJS's lines are written, as `app.useLogger(['warn'])` says it: those levels, and all that are more severe than
   * the most severe of them. The level of the winston logger counts besides, and of more than one logger only this one changes.
   */
  setLogLevels(levels: readonly LogLevel[]): void {
    this.#levels = [...levels];
  }

  #isEnabled(level: LogLevel): boolean {
    if (this.#levels !== undefined) {
      const highest = Math.max(...this.#levels.map((each) => ASCENDING.indexOf(each)));
      const isAbove = this.#levels.length > 0 && ASCENDING.indexOf(level) > highest;
      if (!isAbove && !this.#levels.includes(level)) return false;
    }
    // A level that the logger does not have becomes the nearest it has, which only the logger knows.
    const own = LEVELS[level];
    return !Object.hasOwn(this.#logger.levels, own) || this.#logger.isLevelEnabled(own);
  }

  #write(level: LogLevel, message: unknown, params: readonly unknown[]): void {
    try {
      if (!this.#isEnabled(level)) return;
      const call = readNestLogCall(message, params, level === 'error' || level === 'fatal');
      const line: Record<string, unknown> = level === 'fatal' ? { fatal: true } : {};
      for (const [key, value] of Object.entries(call.fields))
        line[TAKEN.includes(key) ? `${key}_` : key] = this.#value(value);
      this.#logger.log({ ...line, level: LEVELS[level], message: call.message });
    } catch {
      // A line that cannot be written must not fail the request that it is about; loggers count and report what fails in them.
    }
  }

  #value(value: unknown): unknown {
    if (types.isNativeError(value)) return this.#shown(value);
    return isList(value) ? value.map((each) => (types.isNativeError(each) ? this.#shown(each) : each)) : value;
  }
}
