import type { Logger } from 'winston';
import type { LogFields } from '../../ports/flow-log.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { Destinations } from '../sinks/destinations.js';
import { FieldList } from '../lines/field-list.js';
import { fittedRecord } from '../lines/fitted-record.js';
import { flatLine } from '../lines/line-flat.js';
import { isFolded } from '../lines/human/line-human.js';
import { isoTimestamp } from '../lines/timestamp.js';
import { LineShapes } from '../lines/line-shapes.js';
import type { LineFormat, LogRecord } from '../lines/log-record.js';
import type { LoggingConfig } from '../sinks/logging-config.js';
import {
  LEVEL_RANKS,
  levelRank,
  npmLevel,
  parseLevel,
  SILENT_RANK,
  type LoggingLevel,
} from '../lines/logging-level.js';
import { DEFAULT_LINE_CHARS } from '../redact/line-budget.js';
import { Redactor } from '../redact/redactor.js';
import { Sanitizer } from '../redact/sanitizer.js';
import { complain } from '../sinks/complain.js';
import { FOLDED, type LineInfo } from '../sinks/log-sink.js';
import { processWide } from '../scope/process-wide.js';
import { LIBRARY_LINE, type LibraryLine } from './library-line.js';
import { chooseFormat } from './choose-format.js';
import { fixedFields } from './fixed-fields.js';
import { readInfo } from './read-info.js';
import { createNamed, createRoot, type LineAcceptor } from './winston-root.js';

/** Name of the logger above all others. */
export const ROOT_NAME = 'penguiflow';

/** How long `end()` on one of our loggers waits for destinations before it says that it is done. */
const FLUSH_MS = 5000;

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');

/** A line before redaction, and the name of its logger. */
interface LineToWrite extends LibraryLine {
  readonly logger: string;
}

/**
 * The `penguiflow` winston logger and what surrounds it: every line is redacted, gets its correlation fields and its
 * text at the moment it is written, and goes to the destinations, whatever is done to winston's stream. That carries the finished
 * line to transports that somebody has added to the logger.
 */
class LoggingHub implements LineAcceptor {
  readonly destinations = new Destinations();
  #format: LineFormat = flatLine;
  /** Whether lines are for people, who read some events in the line of another. */
  #folds = false;
  #sanitizer = new Sanitizer(new Redactor({}));
  #redacts = true;
  /** On every line, where nothing else has that name; redacted. */
  #fixedFields: FieldList | undefined;
  #maxLineChars = DEFAULT_LINE_CHARS;
  #level: LoggingLevel = 'info';
  #enabledRank = SILENT_RANK;
  #isConfigured = false;
  #isSilenced = false;
  /** Somebody has added a transport to the winston logger itself. */
  #hasAdded = false;
  #areFieldsWanted = false;
  readonly #infos = new LineShapes<LineInfo>(() => ({
    level: 'info',
    message: '',
    [LEVEL]: 'info',
    [MESSAGE]: '',
    logger: '',
    timestamp: '',
  }));
  /** Made when somebody asks for a logger, or configures logging: until then winston is not loaded. */
  #made: ReturnType<typeof createRoot> | undefined;
  readonly #names = new WeakMap<Logger, string>();
  readonly #children = new Map<string, Logger>();
  readonly #levelListeners = new Set<() => void>();

  get root(): Logger {
    return this.#loggers().root;
  }

  /** The redacting copier of the current configuration. */
  get sanitizer(): Sanitizer {
    return this.#sanitizer;
  }

  /** Whether that hides anything. */
  get redacts(): boolean {
    return this.#redacts;
  }

  /** What the user has put on all lines of the logger by winston's own means. */
  get defaultMeta(): object | undefined {
    return (this.#made?.root.defaultMeta as object | null | undefined) ?? undefined;
  }

  /** Whether it is the logger whose stream all loggers of the hub share. */
  owns(logger: Logger): boolean {
    return logger === this.#made?.root;
  }

  get level(): LoggingLevel {
    return this.#level;
  }

  set level(level: LoggingLevel) {
    this.#level = parseLevel(level, 'level', 'the penguiflow logger');
    this.refresh();
  }

  /** Nobody configured a destination, and nobody added a transport. */
  get isSilent(): boolean {
    return !this.#isConfigured && !this.#hasAdded;
  }

  isEnabled(rank: number): boolean {
    return rank <= this.#enabledRank;
  }

  /** Calls back when other levels are enabled than before; returns what ends that. */
  onLevelChange(listener: () => void): () => void {
    // Wrapped, so that one function given twice counts twice.
    const entry = (): void => listener();
    this.#levelListeners.add(entry);
    return () => this.#levelListeners.delete(entry);
  }

  /** Replaces the configuration. @throws FlowError `LOG_DESTINATION_FAILED`; then the old one stays */
  configure(config: LoggingConfig, env: NodeJS.ProcessEnv): void {
    this.destinations.replace(config, () => this.root, {
      bufferChars: config.bufferChars,
      overflow: config.overflow,
      complain: (text) => complain(this.#sanitizer.text(text)),
      notice: (message, fields) => this.#notice(message, fields),
    });
    this.#format = chooseFormat(config, env);
    this.#folds = !config.structured;
    this.#sanitizer = new Sanitizer(new Redactor(config.redact), config.maxLineChars);
    this.#maxLineChars = config.maxLineChars;
    this.#redacts = config.redact !== false;
    this.#fixedFields = fixedFields(config.fields, this.#sanitizer);
    this.#level = config.level;
    this.#isConfigured = true;
    this.#isSilenced = false;
    this.#made?.restore();
    this.refresh();
  }

  /** Stops taking lines; what is with the destinations stays there. */
  disconnect(): void {
    this.drainStream();
    this.#isConfigured = false;
    this.refresh();
  }

  /** `silent` of the winston logger. */
  get silent(): boolean {
    return this.#isSilenced;
  }

  set silent(silent: boolean) {
    this.#isSilenced = silent;
    this.refresh();
  }

  async flush(): Promise<void> {
    this.drainStream();
    await this.destinations.flush(FLUSH_MS);
  }

  /** Moves on what winston's stream holds back because a transport that somebody added to it is slow. */
  drainStream(): void {
    if (this.#made === undefined) return;
    const { root } = this.#made;
    while (root.readableLength > 0 && root.read() !== null);
  }

  /** Computes anew what is enabled, after a change of level or destinations. */
  refresh(): void {
    this.destinations.setLevel(levelRank(this.#level) ?? SILENT_RANK);
    const added = this.#made?.root.transports ?? [];
    this.#hasAdded = added.length > 0;
    this.#areFieldsWanted = this.#hasAdded || this.destinations.wantsFields;
    const addedRanks = added.map((transport) => levelRank(transport.level ?? this.#level) ?? SILENT_RANK);
    const before = this.#enabledRank;
    this.#enabledRank = this.#isSilenced
      ? SILENT_RANK
      : Math.max(this.#isConfigured ? this.destinations.rank : SILENT_RANK, ...addedRanks);
    if (this.#enabledRank !== before) for (const listener of [...this.#levelListeners]) listener();
  }

  /** The logger of that name; one object per name. */
  logger(name: string): Logger {
    const full = name === ROOT_NAME || name.startsWith(`${ROOT_NAME}.`) ? name : `${ROOT_NAME}.${name}`;
    if (full === ROOT_NAME) return this.root;
    let logger = this.#children.get(full);
    if (logger === undefined) {
      logger = this.newLogger(full);
      this.#children.set(full, logger);
    }
    return logger;
  }

  /** A logger of that name that is nobody else's. */
  newLogger(name: string): Logger {
    const logger = createNamed(this.root, name, this);
    this.#names.set(logger, name);
    return logger;
  }

  /** The name of a logger that the hub made, or undefined for any other, also for children made with `child()`. */
  nameOf(logger: Logger): string | undefined {
    return this.#names.get(logger);
  }

  /** Writes a line whose origin is known. */
  write(line: LineToWrite): void {
    const fields = new FieldList();
    const { level, logger, sources, reserved, timeMs = Date.now() } = line;
    this.#sanitizer.fields(fields, sources, reserved);
    this.writeClean({ timeMs, level, logger, message: this.#sanitizer.text(line.message), fields });
  }

  /** Writes a line that has been redacted. */
  writeClean(record: LogRecord): void {
    const info = this.#info(record);
    if (this.#isConfigured) this.destinations.receive(info[MESSAGE] as string, info);
    if (!this.#hasAdded) return;
    this.#made!.send(info);
    this.drainStream();
  }

  accept(info: LineInfo, name: string): void {
    const level = npmLevel(info[LEVEL] ?? info.level);
    if (level === 'silent' || !this.isEnabled(LEVEL_RANKS[level])) return;
    const line = info[LIBRARY_LINE] as LibraryLine | undefined;
    const reserved = line === undefined ? attemptScope.current : undefined;
    try {
      const { message, sources } = readInfo(info, this.#sanitizer);
      if (reserved !== undefined) sources.unshift(reserved);
      const { timeMs, reserved: own } = line ?? {};
      this.write({ level, logger: name, message, sources, reserved: reserved ?? own, timeMs });
    } catch (error) {
      const sources = [reserved ?? {}, { error }];
      this.write({ level, logger: name, message: 'a line that cannot be read', sources, reserved });
    }
  }

  #loggers(): ReturnType<typeof createRoot> {
    if (this.#made === undefined) {
      this.#made = createRoot(ROOT_NAME, this);
      this.#names.set(this.#made.root, ROOT_NAME);
    }
    return this.#made;
  }

  #info(record: LogRecord): LineInfo {
    if (this.#fixedFields !== undefined) record.fields.addMissing(this.#fixedFields);
    const line = this.#format(record);
    if (line.length <= this.#maxLineChars) return this.#infoOf(record, line);
    const fitted = fittedRecord(record, this.#format, this.#maxLineChars);
    return this.#infoOf(fitted, this.#format(fitted));
  }

  #infoOf(record: LogRecord, line: string): LineInfo {
    const { level, message } = record;
    const folded = this.#folds && isFolded(record);
    const info: LineInfo = this.#areFieldsWanted ? this.#infos.object(record.fields) : { level, message };
    if (folded) info[FOLDED] = true;
    if (!this.#areFieldsWanted) return Object.assign(info, { [LEVEL]: level, [MESSAGE]: line });
    info.level = level;
    info.message = message;
    info[LEVEL] = level;
    info[MESSAGE] = line;
    info['logger'] = record.logger;
    info['timestamp'] = isoTimestamp(record.timeMs);
    if (info['exception'] === true) info['exception'] = 'true'; // winston transports drop lines with `exception: true`
    return info;
  }

  #notice(message: string, fields: LogFields): { readonly line: string; readonly info: LineInfo } {
    const logger = `${ROOT_NAME}.logging`;
    const info = this.#info({ timeMs: Date.now(), level: 'warn', logger, message, fields: FieldList.from(fields) });
    return { line: info[MESSAGE] as string, info };
  }
}

/** The hub of the process: winston loggers are process-wide by name, like the streams they write to. */
export const loggingHub = processWide('logging-hub', () => new LoggingHub());
