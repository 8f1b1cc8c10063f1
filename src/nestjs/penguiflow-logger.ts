import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'winston';
import { correlate, getLogger } from '../index.js';
import { readNestLogCall } from './nest-log-call.js';

/** Names a line has already; a field of that name gets an underscore at its end. */
const TAKEN: readonly string[] = ['level', 'message'];

/**
 * Sends what NestJS and `new Logger('Context')` log through the winston logger of the flows: one format, one place, and the
 * trace id of the request on each line. `context` is a field; `log` is level info, `fatal` level error with `fatal: true`.
 *
 * @example
 * ```ts
 * const app = await NestFactory.create(AppModule, { bufferLogs: true });
 * app.useLogger(app.get(PenguiFlowLogger));
 * ```
 */
export class PenguiFlowLogger implements LoggerService {
  readonly #logger: Logger;

  /** @param logger - @defaultValue `getLogger('nest')` */
  constructor(logger?: Logger) {
    this.#logger = logger === undefined ? getLogger('nest') : correlate(logger);
  }

  log(message: unknown, ...params: unknown[]): void {
    this.#write('info', message, params);
  }

  error(message: unknown, ...params: unknown[]): void {
    this.#write('error', message, params, true);
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
    this.#write('error', message, params, true, { fatal: true });
  }

  /** A level that the logger does not have becomes the nearest it has, which only the logger knows. */
  #isEnabled(level: string): boolean {
    return !Object.hasOwn(this.#logger.levels, level) || this.#logger.isLevelEnabled(level);
  }

  #write(level: string, message: unknown, params: readonly unknown[], takesStack = false, extra?: object): void {
    if (!this.#isEnabled(level)) return;
    const { message: text, fields } = readNestLogCall(message, params, takesStack);
    const line: Record<string, unknown> = { ...extra };
    for (const [key, value] of Object.entries(fields)) line[TAKEN.includes(key) ? `${key}_` : key] = value;
    this.#logger.log({ ...line, level, message: text });
  }
}
