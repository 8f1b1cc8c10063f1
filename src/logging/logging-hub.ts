import winston from 'winston';
import type { Logger, Logform } from 'winston';
import type { LogFields } from '../ports/flow-log.js';
import { readCallSite } from './call-site.js';
import { attemptScope } from './correlation-scope.js';
import { Destinations, showsColours } from './destinations.js';
import { flatLine } from './lines/line-flat.js';
import { humanLine } from './lines/line-human.js';
import { otelLine } from './lines/line-otel.js';
import { penguiflowLine } from './lines/line-penguiflow.js';
import { LINE_KEYS, type CleanFields, type LineFormat, type LogRecord } from './log-record.js';
import type { LoggingConfig } from './logging-config.js';
import { DEFAULT_BUFFER_CHARS } from './logging-config.js';
import { levelRank, parseLevel, SILENT_RANK, type LoggingLevel, type WinstonLevel } from './logging-level.js';
import { Redactor } from './redact/redactor.js';
import { Sanitizer } from './redact/sanitizer.js';
import { LineTransport } from './sinks/line-transport.js';
import type { LineInfo } from './sinks/log-sink.js';

/** Name of the logger above all others. */
export const ROOT_NAME = 'penguiflow';

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
/** On an info: these reserved fields, and not those of the surrounding attempt. */
export const RESERVED: unique symbol = Symbol('penguiflow:reserved') as never;
const NO_FIELDS: LogFields = Object.freeze({});

const passThrough: Logform.Format = { transform: (info) => info };

const rename = (key: string): string => (LINE_KEYS.has(key) ? `${key}_` : key === '__proto__' ? '__proto' : key);

/** A line before redaction. */
export interface LineToWrite {
  readonly level: WinstonLevel;
  readonly logger: string;
  readonly message: string;
  readonly fields?: LogFields | undefined;
  /** Win over `fields` of the same name. */
  readonly reserved: LogFields;
  /** Goes under `error`, with message, stack and causes. */
  readonly error?: unknown;
  /** When it happened, in milliseconds since the epoch. @defaultValue now */
  readonly timeMs?: number | undefined;
}

/**
 * The `penguiflow` winston logger and what surrounds it: every line is redacted, gets its correlation fields and its
 * text at the moment it is written; winston's streams and transports carry the finished line.
 */
export class LoggingHub {
  readonly root: Logger;
  readonly destinations = new Destinations();
  #format: LineFormat = flatLine;
  #sanitizer = new Sanitizer(new Redactor({}));
  #level: LoggingLevel = 'info';
  #enabledRank = SILENT_RANK;
  #bufferChars = DEFAULT_BUFFER_CHARS;
  #ownTransport: LineTransport | undefined;
  #isStreamWanted = false;
  readonly #streamWrite: (info: LineInfo) => void;
  readonly #names = new WeakMap<Logger, string>();
  readonly #children = new Map<string, Logger>();

  constructor() {
    this.root = winston.createLogger({ levels: winston.config.npm.levels, format: passThrough, transports: [] });
    this.#streamWrite = this.root.write.bind(this.root) as (info: LineInfo) => void;
    this.#names.set(this.root, ROOT_NAME);
    this.#takeOver();
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
    return this.#ownTransport === undefined && this.root.transports.length === 0;
  }

  /** Whether a line of this rank goes anywhere. */
  isEnabled(rank: number): boolean {
    return rank <= this.#enabledRank;
  }

  /** Replaces the configuration. @throws FlowError `LOG_DESTINATION_FAILED`; then the old one stays */
  configure(config: LoggingConfig, env: NodeJS.ProcessEnv): void {
    this.#bufferChars = config.bufferChars;
    this.destinations.replace(config, this.root, {
      bufferChars: this.#bufferChars,
      complain,
      notice: (message, fields) => this.#notice(message, fields),
    });
    this.#format = chooseFormat(config, env);
    this.#sanitizer = new Sanitizer(new Redactor(config.redact));
    this.#level = config.level;
    if (this.#ownTransport === undefined) {
      this.#ownTransport = new LineTransport((line, info) => this.destinations.receive(line, info));
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

  /** Moves on what winston's stream holds: after `pipe` it starts to flow a tick late, and reading makes it flow now. */
  drainStream(): void {
    while (this.root.readableLength > 0 && this.root.read() !== null);
  }

  /** Computes anew what is enabled, after a change of level or destinations. */
  refresh(): void {
    this.destinations.setLevel(levelRank(this.#level) ?? SILENT_RANK);
    const added = this.root.transports.filter((transport) => transport !== this.#ownTransport);
    this.#isStreamWanted = added.length > 0 || this.destinations.wantsFields;
    const addedRanks = added.map((transport) => levelRank(transport.level ?? this.#level) ?? SILENT_RANK);
    this.#enabledRank = Math.max(
      this.#ownTransport === undefined ? SILENT_RANK : this.destinations.rank,
      ...addedRanks,
    );
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
    const logger = Object.create(this.root, {
      write: { value: (info: LineInfo) => this.#accept(info, name), configurable: true, writable: true },
    }) as Logger;
    this.#names.set(logger, name);
    return logger;
  }

  /** The name of a logger that the hub made, or undefined for any other, also for children made with `child()`. */
  nameOf(logger: Logger): string | undefined {
    return this.#names.get(logger);
  }

  /** Writes a line whose origin is known: `reserved` wins over `fields`. */
  write(line: LineToWrite): void {
    const { level, logger, message, fields, reserved, error } = line;
    const clean: CleanFields = {};
    this.#sanitizer.into(clean, reserved, rename);
    if (fields !== undefined) {
      this.#sanitizer.into(clean, fields, (key) => (Object.hasOwn(reserved, key) ? undefined : rename(key)));
    }
    if (error !== undefined) clean['error'] = this.#sanitizer.value(error);
    this.#emit({
      timeMs: line.timeMs ?? Date.now(),
      level,
      logger,
      message: this.#sanitizer.text(message),
      fields: clean,
    });
  }

  /** What winston's methods of our loggers end in. */
  #accept(info: Readonly<Record<string | symbol, unknown>>, name: string): void {
    const level = info[LEVEL] ?? info['level'];
    const rank = levelRank(level) ?? 0;
    if (rank > this.#enabledRank || rank === SILENT_RANK) return;
    const reserved = (info[RESERVED] as LogFields | undefined) ?? attemptScope.current ?? NO_FIELDS;
    const site = readCallSite(info, (value) => this.#sanitizer.value(value));
    const isObject = typeof site.message === 'object' && site.message !== null;
    const fields: Record<string, unknown> = { ...site.fields, ...(isObject ? (site.message as object) : undefined) };
    if (fields['level'] === level) delete fields['level'];
    if (fields['message'] === info['message']) delete fields['message'];
    if (site.args.length > 0) fields['args'] = site.args;
    const message = isObject
      ? ''
      : typeof site.message === 'string'
        ? site.message
        : String(this.#sanitizer.value(site.message) ?? '');
    this.write({
      level: levelRank(level) === undefined ? 'error' : (level as WinstonLevel),
      logger: name,
      message,
      fields,
      reserved,
      error: site.error,
    });
  }

  #emit(record: LogRecord): void {
    this.#streamWrite(this.#info(record));
    if (this.root.readableLength > 0) this.drainStream();
  }

  #info(record: LogRecord): LineInfo {
    const info: LineInfo = this.#isStreamWanted
      ? {
          ...record.fields,
          level: record.level,
          message: record.message,
          logger: record.logger,
          timestamp: new Date(record.timeMs).toISOString(),
        }
      : { level: record.level, message: record.message };
    if (info['exception'] === true) info['exception'] = 'true'; // winston transports drop lines with `exception: true`
    info[LEVEL] = record.level;
    info[MESSAGE] = this.#format(record);
    return info;
  }

  #notice(message: string, fields: LogFields): { readonly line: string; readonly info: LineInfo } {
    const info = this.#info({
      timeMs: Date.now(),
      level: 'warn',
      logger: `${ROOT_NAME}.logging`,
      message,
      fields: { ...fields },
    });
    return { line: info[MESSAGE] as string, info };
  }

  /** Makes the winston logger ours: lines are finished before they enter its stream, and its level is the hub's. */
  #takeOver(): void {
    const { root } = this;
    const hub = this;
    const watched = <T extends (...args: never[]) => unknown>(method: T): T =>
      function (this: Logger, ...args: never[]): unknown {
        const result = method.apply(this, args);
        hub.refresh();
        return result;
      } as T;
    Object.defineProperties(root, {
      write: { value: (info: LineInfo) => this.#accept(info, ROOT_NAME), configurable: true, writable: true },
      level: {
        get: () => this.#level,
        set: (level: LoggingLevel) => void (this.level = level),
        configurable: true,
        enumerable: true,
      },
      isLevelEnabled: { value: (level: string) => (levelRank(level) ?? Infinity) <= this.#enabledRank },
      pipe: { value: watched(root.pipe) },
      unpipe: { value: watched(root.unpipe) },
    });
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
