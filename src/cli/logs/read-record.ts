import { FieldList, fieldName, type FieldName } from '../../logging/lines/field-list.js';
import type { LogRecord } from '../../logging/lines/log-record.js';
import { npmLevel, type WinstonLevel } from '../../logging/lines/logging-level.js';

type Fields = Readonly<Record<string, unknown>>;

/** Names and levels repeat from line to line; over it all are forgotten, because some are made of data. */
const MAX_KNOWN = 2_000;
const ISO_LENGTH = '2026-11-22T16:47:54.123Z'.length;
const PYTHON_KEYS: ReadonlySet<string> = new Set(['level', 'logger', 'message', 'timestamp', 'extra', 'exception']);
const DIGITS = /^\d{13,22}$/;
/** The library cuts far above; where `JSON.stringify` runs out of stack is below. */
const MAX_DEPTH = 250;
/** What some editors and shells of Windows begin a file with. */
const BYTE_ORDER_MARK = 0xfeff;
const DIGITS_BELOW_MS = 6;

const names = new Map<string, FieldName>();
const levels = new Map<string, WinstonLevel>();
let second = '';
let secondMs = Number.NaN;

/** What a line of the library says, in any of its three formats; undefined for any other line. */
export function readRecord(line: string): LogRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.charCodeAt(0) === BYTE_ORDER_MARK ? line.slice(1) : line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (isDeep(value, MAX_DEPTH)) return undefined;
  const fields = value as Fields;
  if (typeof fields['Body'] === 'string') return fromOtel(fields);
  return typeof fields['message'] === 'string' ? fromFlat(fields, fields['message']) : undefined;
}

function fromFlat(line: Fields, message: string): LogRecord | undefined {
  const { timestamp, level, logger } = line;
  const timeMs = timeOf(timestamp);
  if (typeof level !== 'string' || timeMs === undefined) return undefined;
  const fields = new FieldList();
  if (isObject(line['extra']) && Object.keys(line).every((key) => PYTHON_KEYS.has(key))) {
    addAll(fields, line['extra']);
    // The text of the error that is among the fields already, but for what Python wrote.
    const { exception } = line;
    if (exception !== undefined && !fields.has('error') && !fields.has('exception')) {
      fields.add(nameOf('exception'), exception);
    }
  } else {
    for (const key in line) {
      if (key !== 'timestamp' && key !== 'level' && key !== 'logger' && key !== 'message') {
        fields.add(nameOf(key), line[key]);
      }
    }
  }
  return { timeMs, level: levelOf(level), logger: typeof logger === 'string' ? logger : '', message, fields };
}

function fromOtel(line: Fields): LogRecord | undefined {
  const { Timestamp: timestamp, SeverityText: level, Body: message, InstrumentationScope: scope } = line;
  if (typeof level !== 'string' || typeof timestamp !== 'string' || !DIGITS.test(timestamp)) return undefined;
  const timeMs = Number(timestamp.slice(0, -DIGITS_BELOW_MS));
  const fields = new FieldList();
  if (isObject(line['Attributes'])) addAll(fields, line['Attributes'], isTold);
  if (typeof line['TraceId'] === 'string' && !fields.has('trace_id')) fields.add(nameOf('trace_id'), line['TraceId']);
  const logger = isObject(scope) && typeof scope['Name'] === 'string' ? scope['Name'] : '';
  return { timeMs, level: levelOf(level), logger, message: message as string, fields };
}

/** Attributes that repeat what `error` says. */
function isTold(key: string, all: Fields): boolean {
  return key.startsWith('exception.') && 'error' in all;
}

function addAll(fields: FieldList, all: Fields, isLeftOut?: (key: string, all: Fields) => boolean): void {
  for (const key of Object.keys(all)) if (isLeftOut?.(key, all) !== true) fields.add(nameOf(key), all[key]);
}

function nameOf(key: string): FieldName {
  let name = names.get(key);
  if (name === undefined) {
    name = fieldName(key);
    if (names.size >= MAX_KNOWN) names.clear();
    names.set(key, name);
  }
  return name;
}

function levelOf(text: string): WinstonLevel {
  let level = levels.get(text);
  if (level === undefined) {
    const npm = npmLevel(text.toLowerCase());
    level = npm === 'silent' ? 'info' : npm;
    if (levels.size >= MAX_KNOWN) levels.clear();
    levels.set(text, level);
  }
  return level;
}

/** Lines cluster in seconds: of most only the fraction is read. */
function timeOf(timestamp: unknown): number | undefined {
  if (typeof timestamp !== 'string') return undefined;
  if (timestamp.length !== ISO_LENGTH || timestamp[ISO_LENGTH - 1] !== 'Z') return parsed(timestamp);
  const head = timestamp.slice(0, 19);
  if (head !== second) {
    second = head;
    secondMs = Date.parse(`${head}Z`);
  }
  const timeMs = secondMs + Number(timestamp.slice(20, 23));
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function parsed(timestamp: string): number | undefined {
  const timeMs = Date.parse(timestamp);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function isDeep(value: object, depth: number): boolean {
  for (const key in value) {
    const inner = (value as Fields)[key];
    if (typeof inner === 'object' && inner !== null && (depth === 0 || isDeep(inner, depth - 1))) return true;
  }
  return false;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
