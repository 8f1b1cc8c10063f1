import type { LineFormat, LogRecord } from './log-record.js';
import type { WinstonLevel } from './logging-level.js';
import { isErrorFields, type ErrorFields } from './exception-text.js';
import { jsonString, jsonValue } from './json-string.js';
import { clockTime } from './timestamp.js';

/** Longest string of an extra; what is over is cut, as in the original. */
const MAX_CHARS = 100;
/** A value that reads well without quotes. */
const BARE = /^[\w.:/@+-]+$/;

const COLOURS: Readonly<Record<WinstonLevel, number>> = {
  error: 31,
  warn: 33,
  info: 32,
  http: 36,
  verbose: 36,
  debug: 34,
  silly: 90,
};

/** What {@link humanLine} shows. */
export interface HumanLineOptions {
  /** Append the fields as `key=value`. */
  readonly includeExtras: boolean;
  /** Colour the level and dim the rest, for a terminal. */
  readonly colours: boolean;
}

/** A line for people: `16:47:54.123 INFO  penguiflow.flow: node_success [node_name=Price latency_ms=3.2]`. */
export function humanLine(options: HumanLineOptions): LineFormat {
  return (record) => {
    const head = `${clockTime(record.timeMs)} ${levelText(record.level, options.colours)} ${oneLine(record.logger)}: ${oneLine(record.message)}`;
    const extras = options.includeExtras ? extrasText(record) : '';
    if (extras === '') return head;
    return options.colours ? `${head} \u001b[2m[${extras}]\u001b[22m` : `${head} [${extras}]`;
  };
}

function levelText(level: WinstonLevel, colours: boolean): string {
  const name = level.toUpperCase().padEnd(5);
  return colours ? `\u001b[${COLOURS[level]}m${name}\u001b[39m` : name;
}

function extrasText(record: LogRecord): string {
  const { names, values } = record.fields;
  let text = '';
  for (let index = 0; index < names.length; index++) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    const name = oneLine(names[index]!.name);
    if (isErrorFields(value)) text += ` ${errorExtra(name, value)}`;
    else text += ` ${name}=${names[index]!.isReserved ? quoted(String(value)) : extra(value)}`;
  }
  return text.slice(1);
}

/** What an error says, where it was thrown, and what was underneath; the whole stack would not fit a line. */
function errorExtra(name: string, error: ErrorFields): string {
  const place = placeOf(error);
  const cause = isErrorFields(error.cause) ? ` ${name}_cause=${extra(headline(error.cause))}` : '';
  return `${name}=${extra(headline(error))}${place === undefined ? '' : ` ${name}_at=${extra(place)}`}${cause}`;
}

/** The frames of a `FlowError` are mostly the runtime's own: what it was made of was thrown by the user's code. */
function placeOf({ type, stack, cause }: ErrorFields): string | undefined {
  const below = type === 'FlowError' && isErrorFields(cause) ? placeOf(cause) : undefined;
  return below ?? (typeof stack === 'string' ? /\n[ \t]+at ([^\n]+)/.exec(stack)?.[1] : undefined);
}

function headline(error: ErrorFields): string {
  return `${String(error.type)}: ${String(error.message)}`;
}

function extra(value: unknown): string {
  if (typeof value === 'string') {
    return quoted(cut(value));
  }
  return typeof value === 'object' ? cut(jsonValue(value)) : jsonValue(value);
}

function quoted(text: string): string {
  return BARE.test(text) ? text : jsonString(text);
}

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}...` : text;
}

/** Line breaks, tabs and terminal controls as escapes; quotes and backslashes stay readable. */
function oneLine(text: string): string {
  const escaped = jsonString(text);
  return escaped.length === text.length + 2
    ? text
    : escaped.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}
