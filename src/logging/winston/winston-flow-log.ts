import { setTimeout } from 'node:timers';
import type { Logger } from 'winston';
import type { FlowLog, LogFields, LogLevel } from '../../ports/flow-log.js';
import { FieldList } from '../lines/field-list.js';
import type { LogRecord } from '../lines/log-record.js';
import { LEVEL_RANKS } from '../lines/logging-level.js';
import { LIBRARY_LINE, type LibraryLine } from './library-line.js';
import { loggingHub, ROOT_NAME } from './logging-hub.js';
import { ownLogger, type OwnLogger } from './own-logger.js';
import { DEFAULTS } from './winston-root.js';

const LEVEL = Symbol.for('level');
/** How long `flush` waits for a logger of the user's that makes no progress, in milliseconds. */
const FLUSH_PATIENCE_MS = 5000;
const FLUSH_STEP_MS = 5;

/**
 * The port `FlowLog` on a winston logger: `ctx.logger` and the runtime's own lines go through it.
 * On a logger from `getLogger` a line takes the short way; on any other it goes through the logger, so that it gets what that
 * puts on its own lines.
 */
export class WinstonFlowLog implements FlowLog {
  /** Undefined for the logger `penguiflow`, which is made when it gets its first line. */
  readonly #logger: Logger | undefined;
  /** Undefined for a logger that is not from `getLogger`, and for children of one that is. */
  readonly #name: string | undefined;
  readonly #own: OwnLogger | undefined;

  /** @param logger - @defaultValue the logger `penguiflow` */
  constructor(logger?: Logger) {
    this.#logger = logger;
    this.#name = logger === undefined ? ROOT_NAME : loggingHub.nameOf(logger);
    this.#own = logger === undefined ? undefined : ownLogger(logger);
  }

  get silent(): boolean {
    return this.#own === undefined ? loggingHub.isSilent : this.#own.isSilent;
  }

  isLevelEnabled(level: LogLevel): boolean {
    return this.#own === undefined ? loggingHub.isEnabled(LEVEL_RANKS[level]) : this.#own.isEnabled(level);
  }

  /**
   * Whether a line of that level may go somewhere until `onLevelChange` calls back. Always true for a logger of the user's:
   * it changes its level without a word.
   */
  mayEnable(level: LogLevel): boolean {
    return this.#own !== undefined || this.isLevelEnabled(level);
  }

  /** Calls back when another level became the least severe one that is written; returns what ends that. */
  onLevelChange(changed: () => void): () => void {
    return this.#own === undefined ? loggingHub.onLevelChange(changed) : () => {};
  }

  write(level: LogLevel, message: string, fields: LogFields | undefined, reserved: LogFields): void {
    this.writeLine({ level, message, sources: fields === undefined ? [reserved] : [reserved, fields], reserved });
  }

  /** Like `write`, for a line with other sources or with a time of its own. Never throws. */
  writeLine(line: LibraryLine & { readonly level: LogLevel }): void {
    if (!this.isLevelEnabled(line.level)) return;
    if (this.#own !== undefined) this.#own.write(this.#logger!, line);
    else this.#writeToHub(line);
  }

  /** The fields of a line after redaction, to be kept for later. */
  cleanFields({ sources, reserved }: Pick<LibraryLine, 'sources' | 'reserved'>): FieldList {
    const fields = new FieldList();
    loggingHub.sanitizer.fields(fields, this.#own === undefined ? this.#withDefaults(sources) : sources, reserved);
    return fields;
  }

  /** Writes a line that was redacted before. Never throws. */
  writeClean(line: Omit<LogRecord, 'logger' | 'level'> & { readonly level: LogLevel }): void {
    if (!this.isLevelEnabled(line.level)) return;
    if (this.#own === undefined && this.#name !== undefined) {
      loggingHub.writeClean({ ...line, logger: this.#name });
      return;
    }
    const { level, message, timeMs, fields } = line;
    const all = fields.assignTo<Record<string, unknown>>({});
    this.writeLine({ level, message, sources: [all], reserved: all, timeMs });
  }

  async flush(): Promise<void> {
    if (this.#own === undefined) {
      await loggingHub.destinations.flush(FLUSH_PATIENCE_MS);
      return;
    }
    let left = this.#own.waiting;
    for (let patienceMs = FLUSH_PATIENCE_MS; left > 0 && patienceMs > 0; patienceMs -= FLUSH_STEP_MS) {
      await new Promise((resolve) => {
        setTimeout(resolve, FLUSH_STEP_MS);
      });
      const now = this.#own.waiting;
      if (now < left) patienceMs = FLUSH_PATIENCE_MS;
      left = now;
    }
  }

  #writeToHub(line: LibraryLine): void {
    const { level, message, sources, reserved, timeMs } = line;
    try {
      if (this.#name === undefined) {
        const defaults = this.#defaults();
        this.#logger!.write({ level, message: '', [LEVEL]: level, [LIBRARY_LINE]: line, [DEFAULTS]: defaults });
        return;
      }
      const all = this.#withDefaults(sources);
      loggingHub.write({ level, logger: this.#name, message, sources: all, reserved, timeMs });
    } catch {
      // A log that fails must not fail the run; destinations count and report what goes wrong with them.
    }
  }

  #defaults(): object | null | undefined {
    return this.#logger === undefined
      ? loggingHub.defaultMeta
      : (this.#logger.defaultMeta as object | null | undefined);
  }

  #withDefaults(sources: readonly object[]): readonly object[] {
    const defaults = this.#defaults();
    return defaults ? [...sources, defaults] : sources;
  }
}
