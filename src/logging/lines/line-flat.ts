import type { LogRecord } from './log-record.js';
import { jsonFields } from './json-line.js';
import { jsonString } from './json-string.js';
import { isoTimestamp } from './timestamp.js';

/** One flat JSON object: `{"timestamp":…,"level":…,"logger":…,"message":…, …fields}`. */
export function flatLine(record: LogRecord): string {
  return (
    `{"timestamp":"${isoTimestamp(record.timeMs)}","level":"${record.level}","logger":${jsonString(record.logger)}` +
    `,"message":${jsonString(record.message)}${jsonFields(record.fields)}}`
  );
}
