import type { Writable } from 'node:stream';
import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
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
  /** Append the fields as `key=value` to lines for people. @defaultValue true */
  readonly includeExtras?: boolean | undefined;
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
  /** What is hidden; `false` hides nothing. @defaultValue the built-in keys and patterns */
  readonly redact?: boolean | RedactOptions | undefined;
  /**
   * Longest line, in characters. What has no room is left out, and the field `left_out` says how much of which field; the fields that tell
   * whose line it is are never cut. @defaultValue 65536 (64 Ki)
   */
  readonly maxLineChars?: number | undefined;
  /**
   * Most text that waits for a slow destination, in characters, per destination. Lines beyond it are dropped and
   * counted. @defaultValue 67108864 (64 Mi)
   */
  readonly bufferChars?: number | undefined;
  /**
   * What happens to a line that no longer fits into the buffer of a file: `drop` counts it, `wait` blocks the caller until
   * the file has taken some, for a second at most. Streams and transports cannot be waited for: there it is dropped.
   * @defaultValue 'drop'
   */
  readonly overflow?: LoggingOverflow | undefined;
}

/** The options after checking, with their defaults. */
export interface LoggingConfig {
  readonly level: LoggingLevel;
  readonly structured: boolean;
  readonly includeExtras: boolean;
  readonly format: LoggingFormat;
  readonly destination: LoggingDestination;
  readonly transports: readonly WinstonTransport[];
  readonly redact: RedactOptions | false;
  readonly maxLineChars: number;
  readonly bufferChars: number;
  readonly overflow: LoggingOverflow;
}

const OWNER = 'configureLogging()';
const FORMATS: readonly string[] = ['flat', 'penguiflow', 'otel'];
const KNOWN = [
  'level',
  'structured',
  'includeExtras',
  'format',
  'destination',
  'transports',
  'redact',
  'maxLineChars',
  'bufferChars',
  'overflow',
];

const DEFAULT_BUFFER_CHARS = 64 * 1024 * 1024;

/**
 * Checks the options and fills in the defaults.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkLoggingOptions(options: LoggingOptions, env: NodeJS.ProcessEnv): LoggingConfig {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', OWNER, 'an object', options);
  rejectUnknownOptions(options, KNOWN, OWNER);
  const { structured, includeExtras, format, destination, transports, maxLineChars, bufferChars, overflow } = options;
  checkBoolean('structured', structured);
  checkBoolean('includeExtras', includeExtras);
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
    includeExtras: includeExtras ?? true,
    format: format ?? 'flat',
    destination: destination ?? 'stdout',
    transports: [...(transports ?? [])],
    redact: checkRedact(options.redact),
    maxLineChars: maxLineChars ?? DEFAULT_LINE_CHARS,
    bufferChars: bufferChars ?? DEFAULT_BUFFER_CHARS,
    overflow: overflow ?? 'drop',
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
