import type { Writable } from 'node:stream';
import { invalidOption, isRecord, rejectUnknownOptions } from '../../errors/option-error.js';
import type { LogFields } from '../../ports/flow-log.js';
import { chooseLevel, type LoggingLevel } from '../lines/logging-level.js';
import { isEnded, isObjectMode } from './stream-state.js';
import type { WinstonTransport } from './log-sink.js';
import { DEFAULT_LINE_CHARS } from '../redact/line-budget.js';
import { checkRedact, type RedactOptions } from '../redact/redact-options.js';

/** The wire formats of structured lines. */
export type LoggingFormat = 'flat' | 'penguiflow' | 'otel';

/** Where lines go. */
export type LoggingDestination = 'stdout' | 'stderr' | 'none' | { readonly file: string } | Writable;

/** What happens to a line that a slow destination has no room for. */
export type LoggingOverflow = 'drop' | 'wait';

/** Options of {@link configureLogging}. */
export interface LoggingOptions {
  /** Least severe level that is written. @defaultValue the variable `LOG_LEVEL`, else `'info'` */
  readonly level?: LoggingLevel | undefined;
  /** JSON lines instead of lines for people. @defaultValue true when `format` is given, else false */
  readonly structured?: boolean | undefined;
  /**
   * Fields as `key=value` in lines for people: all of them, or none. @defaultValue those that whoever wrote a line gave, and none
   * of an event's
   */
  readonly includeExtras?: boolean | undefined;
  /** Ids in lines for people: the end of a trace id, or all of it. @defaultValue `'short'` */
  readonly ids?: 'short' | 'full' | undefined;
  /** Characters that lines for people are to fit into: a reason is cut, ids never are. @defaultValue 120 */
  readonly columns?: number | undefined;
  /**
   * Shape of a structured line: `flat` (one flat object), `penguiflow` (the lines of PenguiFlow for Python) or `otel`
   * (the OpenTelemetry log data model). @defaultValue `'flat'`
   */
  readonly format?: LoggingFormat | undefined;
  /**
   * Where lines go: a standard stream, `{ file }` (appended to, folders are made), a writable stream, or `'none'` for
   * the extra transports alone. @defaultValue `'stdout'`
   */
  readonly destination?: LoggingDestination | undefined;
  /** Winston transports that get every line too, with all its fields; each keeps its own `level` and `format`. @defaultValue none */
  readonly transports?: readonly WinstonTransport[] | undefined;
  /**
   * Fields on every line, where the line has no field of that name: service, environment, version. Read once. Lines for people show
   * them with `includeExtras: true`.
   * @defaultValue none
   */
  readonly fields?: LogFields | undefined;
  /** What is hidden; `false` hides nothing. @defaultValue the built-in keys and patterns */
  readonly redact?: boolean | RedactOptions | undefined;
  /**
   * Whether lines that are written inside nodes find their ids by Node's async context; on Node 20 that makes every promise of the
   * process cost more. Without it only lines of `ctx.logger`, and events, have them. @defaultValue true
   */
  readonly correlation?: boolean | undefined;
  /**
   * Longest line, in characters. What has no room is left out, and the field `left_out` says how much of which field; the fields that tell
   * whose line it is are never cut. @defaultValue 65536 (64 Ki)
   */
  readonly maxLineChars?: number | undefined;
  /**
   * Most text that waits for a slow destination, in characters, per destination; `overflow` says what happens to lines beyond it.
   * @defaultValue 16777216 (16 Mi) for a file, 67108864 (64 Mi) for a stream or a transport
   */
  readonly bufferChars?: number | undefined;
  /**
   * What happens to a line that no longer fits into the buffer of a file: with `wait` the caller writes out what waits, so that
   * the program goes at the pace of the disk and no line is lost; `drop` counts it. Streams and transports cannot be
   * waited for: there it is dropped. @defaultValue 'wait'
   */
  readonly overflow?: LoggingOverflow | undefined;
}

/** The options after checking, with their defaults. */
export interface LoggingConfig {
  readonly level: LoggingLevel;
  readonly structured: boolean;
  readonly includeExtras: boolean | undefined;
  readonly ids: 'short' | 'full';
  readonly columns: number;
  readonly format: LoggingFormat;
  readonly destination: LoggingDestination;
  readonly transports: readonly WinstonTransport[];
  readonly fields: LogFields | undefined;
  readonly redact: RedactOptions | false;
  readonly correlation: boolean;
  readonly maxLineChars: number;
  readonly bufferChars: number | undefined;
  readonly overflow: LoggingOverflow;
}

const OWNER = 'configureLogging()';
const FORMATS: readonly string[] = ['flat', 'penguiflow', 'otel'];
const KNOWN = [
  'level',
  'structured',
  'includeExtras',
  'ids',
  'columns',
  'format',
  'destination',
  'transports',
  'fields',
  'redact',
  'correlation',
  'maxLineChars',
  'bufferChars',
  'overflow',
];

const DEFAULT_COLUMNS = 120;
const FEWEST_COLUMNS = 40;

/**
 * Checks the options and fills in the defaults.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkLoggingOptions(options: LoggingOptions, env: NodeJS.ProcessEnv): LoggingConfig {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', OWNER, 'an object', options);
  rejectUnknownOptions(options, KNOWN, OWNER);
  const { structured, includeExtras, ids, columns, format, destination, transports, overflow } = options;
  const { maxLineChars, bufferChars } = options;
  checkBoolean('structured', structured);
  checkBoolean('includeExtras', includeExtras);
  if (ids !== undefined && ids !== 'short' && ids !== 'full')
    throw invalidOption('ids', OWNER, "'short' or 'full'", ids);
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= FEWEST_COLUMNS)) {
    throw invalidOption('columns', OWNER, `a whole number >= ${FEWEST_COLUMNS}`, columns);
  }
  checkBoolean('correlation', options.correlation);
  if (format !== undefined && !FORMATS.includes(format))
    throw invalidOption('format', OWNER, `one of ${FORMATS.join(', ')}`, format);
  if (format !== undefined && structured === false) {
    throw invalidOption(
      'structured',
      OWNER,
      'true when `format` is given',
      structured,
      'Leave `format` out for lines that people read.',
    );
  }
  if (destination !== undefined && !isDestination(destination)) {
    throw invalidOption('destination', OWNER, "'stdout', 'stderr', 'none', { file } or a writable stream", destination);
  }
  checkTransports(transports);
  if (maxLineChars !== undefined && !(Number.isInteger(maxLineChars) && maxLineChars >= 1000)) {
    throw invalidOption('maxLineChars', OWNER, 'a whole number >= 1000', maxLineChars);
  }
  if (bufferChars !== undefined && !(Number.isInteger(bufferChars) && bufferChars > 0)) {
    throw invalidOption('bufferChars', OWNER, 'a whole number > 0', bufferChars);
  }
  if (overflow !== undefined && overflow !== 'drop' && overflow !== 'wait') {
    throw invalidOption('overflow', OWNER, "'drop' or 'wait'", overflow);
  }
  return Object.freeze({
    level: chooseLevel(options.level, env),
    structured: structured ?? format !== undefined,
    includeExtras,
    ids: ids ?? 'short',
    columns: columns ?? DEFAULT_COLUMNS,
    format: format ?? 'flat',
    destination: destination ?? 'stdout',
    transports: [...(transports ?? [])],
    fields: checkFields(options.fields),
    redact: checkRedact(options.redact),
    correlation: options.correlation ?? true,
    maxLineChars: maxLineChars ?? DEFAULT_LINE_CHARS,
    bufferChars,
    overflow: overflow ?? 'wait',
  });
}

/** Tells a writable stream from the other destinations. */
export function isWritable(value: unknown): value is Writable {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Writable).write === 'function' &&
    typeof (value as Writable).on === 'function'
  );
}

function isDestination(value: unknown): boolean {
  if (value === 'stdout' || value === 'stderr' || value === 'none' || isWritable(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { file } = value as { readonly file?: unknown };
  return Object.keys(value).length === 1 && typeof file === 'string' && file !== '';
}

function checkBoolean(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalidOption(option, OWNER, 'a boolean', value);
}

function checkFields(value: unknown): LogFields | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw invalidOption('fields', OWNER, 'an object of fields', value);
  return Object.keys(value).length === 0 ? undefined : Object.freeze({ ...value });
}

function checkTransports(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalidOption('transports', OWNER, 'an array of winston transports', value);
  for (const transport of value as unknown[]) {
    if (!isWritable(transport) || !isObjectMode(transport) || (transport as { log?: unknown[] }).log?.length === 3) {
      throw invalidOption('transports', OWNER, 'an array of winston 3 transports', transport);
    }
    if (isEnded(transport) || transport.destroyed) {
      throw invalidOption(
        'transports',
        OWNER,
        'transports that are open',
        transport,
        'Logging ended this one when it was replaced or shut down; make a new one.',
      );
    }
  }
}
