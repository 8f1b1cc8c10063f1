import { cutText } from './cut-text.js';
import { isErrorFields } from './exception-text.js';
import { FieldList, fieldName, type FieldName } from './field-list.js';
import { jsonValue } from './json-string.js';
import type { LineFormat, LogRecord } from './log-record.js';

/** Where a line says what of it was left out, by field. */
export const LEFT_OUT = 'left_out';

const LEFT_OUT_NAME = fieldName(LEFT_OUT);
/** Each try leaves less room than the one before: what is escaped, or written twice, takes more than it seems to. */
const SHARES: readonly number[] = [0.8, 0.5, 0.25, 0.1];
const LEAST_CHARS = 100;

/**
 * A record whose line is at most so long: the longest fields are cut to the same length, and the line says how much of each is left
 * out. What tells whose line it is stays whole.
 *
 * @param record - one whose line is longer
 */
export function fittedRecord(record: LogRecord, format: LineFormat, maxChars: number): LogRecord {
  const sizes = record.fields.values.map((value, at) => sizeOf(record.fields.names[at]!, value));
  const kept = record.fields.values.map((_, at) => (sizes[at] === 0 ? sizeOf(undefined, record.fields.values[at]) : 0));
  const fixed = kept.reduce((total, size) => total + size, 0) + record.fields.names.length * 16;
  for (const share of SHARES) {
    const most = highestCut([...sizes, record.message.length], Math.max(0, (maxChars - fixed) * share));
    const shorter = cutRecord(record, sizes, Math.max(LEAST_CHARS, most));
    if (format(shorter).length <= maxChars) return shorter;
  }
  return onlyReserved(record, sizes);
}

/** How long a field is, at least; 0 for one that is not cut. */
function sizeOf(name: FieldName | undefined, value: unknown): number {
  if (name?.isReserved === true || name?.name === LEFT_OUT) return 0;
  return typeof value === 'string' ? value.length : jsonValue(value).length;
}

/** The length to which the longest are cut so that all together have the given one. */
function highestCut(sizes: readonly number[], total: number): number {
  let left = total;
  const ascending = sizes.toSorted((one, other) => one - other);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return Math.floor(share);
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function cutRecord(record: LogRecord, sizes: readonly number[], most: number): LogRecord {
  const fields = new FieldList();
  const lost: string[] = [];
  for (const [at, name] of record.fields.names.entries()) {
    const value = record.fields.values[at];
    if (name.name === LEFT_OUT) {
      lost.unshift(String(value));
    } else if (sizes[at]! > most) {
      fields.add(name, cutValue(value, most));
      lost.push(`${name.name}: ${sizes[at]! - most} characters`);
    } else {
      fields.add(name, value);
    }
  }
  const isLong = record.message.length > most;
  if (isLong) lost.push(`message: ${record.message.length - most} characters`);
  fields.add(LEFT_OUT_NAME, lost.join('; '));
  return { ...record, message: isLong ? cutText(record.message, most) : record.message, fields };
}

/** An error stays one; any other structure becomes the beginning of its JSON. */
function cutValue(value: unknown, most: number): unknown {
  if (!isErrorFields(value)) return cutText(typeof value === 'string' ? value : jsonValue(value), most);
  return {
    type: cutText(String(value.type), most / 4),
    message: cutText(String(value.message), most / 4),
    ...(typeof value.stack === 'string' ? { stack: cutText(value.stack, most / 2) } : undefined),
  };
}

function onlyReserved(record: LogRecord, sizes: readonly number[]): LogRecord {
  const fields = new FieldList();
  for (const [at, name] of record.fields.names.entries())
    if (name.isReserved) fields.add(name, record.fields.values[at]);
  const chars = sizes.reduce((total, size) => total + size, 0);
  fields.add(LEFT_OUT_NAME, `${record.fields.names.length - fields.names.length} fields: ${chars} characters`);
  return { ...record, message: cutText(record.message, LEAST_CHARS), fields };
}
