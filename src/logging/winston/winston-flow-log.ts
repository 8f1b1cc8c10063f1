import type { Logger } from 'winston';
import type { FlowLog, LogFields, LogLevel } from '../../ports/flow-log.js';
import { FieldList } from '../lines/field-list.js';
import type { LogRecord } from '../lines/log-record.js';
import { LEVEL_RANKS } from '../lines/logging-level.js';
import { loggingHub, RESERVED, ROOT_NAME, type LineToWrite } from './logging-hub.js';

const LEVEL = Symbol.for('level');
/** How often a foreign logger's transports are asked anew which levels they take, in calls. */
const CALLS_PER_CHECK = 64;
/** How long `flush` waits for a foreign logger that makes no progress, in milliseconds. */
const FLUSH_PATIENCE_MS = 5000;
const FLUSH_STEP_MS = 5;

/**
 * The port `FlowLog` on a winston logger: `ctx.logger` and the runtime's own lines go through it.
 * On a logger from `getLogger` a line takes the short way; on any other it is written as winston's own methods would,
 * with the reserved fields in it and secrets out of it.
 */
export class WinstonFlowLog implements FlowLog {
  /** Undefined for the logger `penguiflow`, which is made when it gets its first line. */
  readonly #logger: Logger | undefined;
  readonly #name: string | undefined;
  #checkedLevel: string | undefined;
  #checkedSilent: boolean | undefined;
  #callsLeft = 0;
  #enabled: Record<LogLevel, boolean> = { error: true, warn: true, info: true, debug: true };

  /** @param logger - @defaultValue the logger `penguiflow` */
  constructor(logger?: Logger) {
    this.#logger = logger;
    this.#name = logger === undefined ? ROOT_NAME : loggingHub.nameOf(logger);
  }

  /** The logger that lines are written to. */
  get logger(): Logger {
    return this.#logger ?? loggingHub.logger(ROOT_NAME);
  }

  get silent(): boolean {
    return this.#name === undefined ? this.logger.transports.length === 0 : loggingHub.isSilent;
  }

  isLevelEnabled(level: LogLevel): boolean {
    if (this.#name !== undefined) return loggingHub.isEnabled(LEVEL_RANKS[level]);
    const { logger } = this;
    if (logger.level !== this.#checkedLevel || logger.silent !== this.#checkedSilent || --this.#callsLeft < 0)
      this.#check();
    return this.#enabled[level];
  }

  /**
   * Whether a line of that level may go somewhere until `onLevelChange` calls back. Always true for a logger of the user's:
   * it changes its level without a word.
   */
  mayEnable(level: LogLevel): boolean {
    return this.#name === undefined || this.isLevelEnabled(level);
  }

  /** Calls back when another level became the least severe one that is written; returns what ends that. */
  onLevelChange(changed: () => void): () => void {
    return this.#name === undefined ? () => {} : loggingHub.onLevelChange(changed);
  }

  write(level: LogLevel, message: string, fields: LogFields | undefined, reserved: LogFields): void {
    this.writeLine({ level, message, sources: fields === undefined ? [reserved] : [reserved, fields], reserved });
  }

  /** Like `write`, for a line with other sources or with a time of its own. Never throws. */
  writeLine(line: Omit<LineToWrite, 'logger' | 'level'> & { readonly level: LogLevel }): void {
    if (!this.isLevelEnabled(line.level)) return;
    const { level, message, sources, reserved, timeMs } = line;
    try {
      // Written out: a spread costs as much as two fields of a line.
      if (this.#name !== undefined) loggingHub.write({ level, logger: this.#name, message, sources, reserved, timeMs });
      else this.#writeForeign(level, loggingHub.sanitizer.text(message), this.cleanFields(line));
    } catch {
      // A log that fails must not fail the run; destinations count and report what goes wrong with them.
    }
  }

  /** The fields of a line after redaction, to be kept for later. */
  cleanFields({ sources, reserved }: Pick<LineToWrite, 'sources' | 'reserved'>): FieldList {
    const fields = new FieldList();
    loggingHub.sanitizer.fields(fields, sources, reserved);
    return fields;
  }

  /** Writes a line that was redacted before. Never throws. */
  writeClean(line: Omit<LogRecord, 'logger' | 'level'> & { readonly level: LogLevel }): void {
    if (!this.isLevelEnabled(line.level)) return;
    try {
      if (this.#name !== undefined) loggingHub.writeClean({ ...line, logger: this.#name });
      else this.#writeForeign(line.level, line.message, line.fields);
    } catch {
      // As above.
    }
  }

  async flush(): Promise<void> {
    if (this.#name !== undefined) {
      await loggingHub.destinations.flush(FLUSH_PATIENCE_MS);
      return;
    }
    let left = waiting(this.logger);
    for (let patienceMs = FLUSH_PATIENCE_MS; left > 0 && patienceMs > 0; patienceMs -= FLUSH_STEP_MS) {
      await new Promise((resolve) => {
        setTimeout(resolve, FLUSH_STEP_MS);
      });
      const now = waiting(this.logger);
      if (now < left) patienceMs = FLUSH_PATIENCE_MS;
      left = now;
    }
  }

  #writeForeign(level: LogLevel, message: string, fields: FieldList): void {
    const info = fields.assignTo<Record<string | symbol, unknown>>({});
    info['level'] = level;
    info['message'] = message;
    info[LEVEL] = level;
    info[RESERVED] = fields.reserved();
    this.logger.write(info);
  }

  #check(): void {
    const { logger } = this;
    this.#checkedLevel = logger.level;
    this.#checkedSilent = logger.silent;
    const takesLines = !logger.silent && logger.transports.length > 0;
    this.#callsLeft = takesLines ? CALLS_PER_CHECK : 0;
    for (const level of ['error', 'warn', 'info', 'debug'] as const)
      this.#enabled[level] = takesLines && logger.isLevelEnabled(level);
  }
}

/** Lines that are still on their way inside winston's streams. */
function waiting(logger: Logger): number {
  return logger.transports.reduce(
    (total, transport) => total + transport.writableLength,
    logger.writableLength + logger.readableLength,
  );
}
