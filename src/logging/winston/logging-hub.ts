import type { Logger } from 'winston';
import type { LogFields } from '../../ports/flow-log.js';
import { readCall, readEntry, type CallSite } from './call-site.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { Destinations, showsColours } from '../sinks/destinations.js';
import { FieldList } from '../lines/field-list.js';
import { fittedRecord } from '../lines/fitted-record.js';
import { flatLine } from '../lines/line-flat.js';
import { humanLine } from '../lines/line-human.js';
import { otelLine } from '../lines/line-otel.js';
import { penguiflowLine } from '../lines/line-penguiflow.js';
import { isoTimestamp } from '../lines/timestamp.js';
import { LineShapes } from '../lines/line-shapes.js';
import type { LineFormat, LogRecord } from '../lines/log-record.js';
import type { LoggingConfig } from '../sinks/logging-config.js';
import { levelRank, parseLevel, SILENT_RANK, type LoggingLevel, type WinstonLevel } from '../lines/logging-level.js';
import { DEFAULT_LINE_CHARS } from '../redact/line-budget.js';
import { Redactor } from '../redact/redactor.js';
import { Sanitizer } from '../redact/sanitizer.js';
import { lineTransport } from '../sinks/line-transport.js';
import type { LineInfo, WinstonTransport } from '../sinks/log-sink.js';
import { CALL, createNamed, createRoot, type LineAcceptor } from './winston-root.js';

/** Name of the logger above all others. */
export const ROOT_NAME = 'penguiflow';

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
/** On an info: these reserved fields, and not those of the surrounding attempt. */
export const RESERVED: unique symbol = Symbol('penguiflow:reserved') as never;

/** A line before redaction. */
export interface LineToWrite {
  readonly level: WinstonLevel;
  readonly logger: string;
  readonly message: string;
  /** Where its fields are; where they have a key in common, the first one wins. */
  readonly sources: readonly object[];
  /** The source whose reserved fields are written as they are: those of the attempt or the event that the line is about. */
  readonly reserved?: object | undefined;
  /** When it happened, in milliseconds since the epoch. @defaultValue now */
  readonly timeMs?: number | undefined;
}

/**
 * The `penguiflow` winston logger and what surrounds it: every line is redacted, gets its correlation fields and its
 * text at the moment it is written; winston's streams and transports carry the finished line.
 */
class LoggingHub implements LineAcceptor {
  readonly destinations = new Destinations();
  #format: LineFormat = flatLine;
  #sanitizer = new Sanitizer(new Redactor({}));
  #maxLineChars = DEFAULT_LINE_CHARS;
  #level: LoggingLevel = 'info';
  #enabledRank = SILENT_RANK;
  #ownTransport: WinstonTransport | undefined;
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

  get level(): LoggingLevel {
    return this.#level;
  }

  set level(level: LoggingLevel) {
    this.#level = parseLevel(level, 'level', 'the penguiflow logger');
    this.refresh();
  }

  /** Nobody configured a destination, and nobody added a transport. */
  get isSilent(): boolean {
    return this.#ownTransport === undefined && (this.#made === undefined || this.root.transports.length === 0);
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
    this.destinations.replace(config, this.root, {
      bufferChars: config.bufferChars,
      overflow: config.overflow,
      complain: (text) => complain(this.#sanitizer.text(text)),
      notice: (message, fields) => this.#notice(message, fields),
    });
    this.#format = chooseFormat(config, env);
    this.#sanitizer = new Sanitizer(new Redactor(config.redact), config.maxLineChars);
    this.#maxLineChars = config.maxLineChars;
    this.#level = config.level;
    if (this.#ownTransport === undefined) {
      this.#ownTransport = lineTransport((line, info) => this.destinations.receive(line, info));
      this.root.add(this.#ownTransport);
    }
    this.refresh();
  }

  /** Stops taking lines; what is with the destinations stays there. */
  disconnect(): void {
    this.drainStream();
    if (this.#ownTransport !== undefined) this.root.remove(this.#ownTransport);
    this.#ownTransport = undefined;
    this.refresh();
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
    const added = (this.#made?.root.transports ?? []).filter((transport) => transport !== this.#ownTransport);
    this.#areFieldsWanted = added.length > 0 || this.destinations.wantsFields;
    const addedRanks = added.map((transport) => levelRank(transport.level ?? this.#level) ?? SILENT_RANK);
    const before = this.#enabledRank;
    this.#enabledRank = Math.max(
      this.#ownTransport === undefined ? SILENT_RANK : this.destinations.rank,
      ...addedRanks,
    );
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
    this.#sanitizer.fields(fields, line.sources, line.reserved);
    const { level, logger, timeMs = Date.now() } = line;
    this.writeClean({ timeMs, level, logger, message: this.#sanitizer.text(line.message), fields });
  }

  /** Writes a line that has been redacted. */
  writeClean(line: LogRecord): void {
    const { root, send } = this.#loggers();
    send(this.#info(line));
    if (root.readableLength > 0) this.drainStream();
  }

  accept(info: LineInfo, name: string): void {
    const asked = info[LEVEL] ?? info.level;
    const rank = levelRank(asked) ?? 0;
    if (rank === SILENT_RANK || !this.isEnabled(rank)) return;
    const level = levelRank(asked) === undefined ? 'error' : (asked as WinstonLevel);
    const reserved = (info[RESERVED] as LogFields | undefined) ?? attemptScope.current;
    try {
      const { message, sources } = this.#read(info);
      if (reserved !== undefined) sources.unshift(reserved);
      this.write({ level, logger: name, message, sources, reserved });
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

  /** What the call said, then the fields of child loggers, then winston's own default fields. */
  #read(info: LineInfo): CallSite {
    const call = info[CALL] as unknown[] | undefined;
    if (call === undefined) return readEntry(info, this.#sanitizer);
    const site = readCall(call, this.#sanitizer);
    const { level: _level, message: _message, ...ofChild } = info;
    site.sources.push(ofChild);
    if (this.root.defaultMeta) site.sources.push(this.root.defaultMeta as object);
    return site;
  }

  #info(record: LogRecord): LineInfo {
    const line = this.#format(record);
    if (line.length <= this.#maxLineChars) return this.#infoOf(record, line);
    const fitted = fittedRecord(record, this.#format, this.#maxLineChars);
    return this.#infoOf(fitted, this.#format(fitted));
  }

  #infoOf(record: LogRecord, line: string): LineInfo {
    const { level, message } = record;
    if (!this.#areFieldsWanted) return { level, message, [LEVEL]: level, [MESSAGE]: line };
    const info = this.#infos.object(record.fields);
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
    const info = this.#info({
      timeMs: Date.now(),
      level: 'warn',
      logger: `${ROOT_NAME}.logging`,
      message,
      fields: FieldList.from(fields),
    });
    return { line: info[MESSAGE] as string, info };
  }
}

function chooseFormat(config: LoggingConfig, env: NodeJS.ProcessEnv): LineFormat {
  if (!config.structured) return humanLine({ includeExtras: config.includeExtras, colours: showsColours(config, env) });
  if (config.format === 'penguiflow') return penguiflowLine;
  return config.format === 'otel' ? otelLine : flatLine;
}

function complain(text: string): void {
  try {
    process.stderr.write(`penguiflow: ${text}\n`);
  } catch {
    // Nowhere left to say it; the counters still tell.
  }
}

/** The hub of the process: winston loggers are process-wide by name, like the streams they write to. */
export const loggingHub = new LoggingHub();
