import type { FlowLog, LogFields, LogLevel, NodeLogger } from '../../ports/flow-log.js';

/** The logger of one attempt: what the user writes, plus the attempt's own fields, which win. */
export class ContextLogger implements NodeLogger {
  readonly #log: FlowLog;
  readonly #reserved: LogFields;

  constructor(log: FlowLog, reserved: LogFields) {
    this.#log = log;
    this.#reserved = reserved;
  }

  error(message: string, fields?: LogFields): void {
    this.#log.write('error', message, fields, this.#reserved);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log.write('warn', message, fields, this.#reserved);
  }

  info(message: string, fields?: LogFields): void {
    this.#log.write('info', message, fields, this.#reserved);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log.write('debug', message, fields, this.#reserved);
  }

  isLevelEnabled(level: LogLevel): boolean {
    return this.#log.isLevelEnabled(level);
  }
}
