import type { LogRecord } from './log-record.js';
import { exceptionText } from './exception-text.js';
import { jsonFields } from './json-line.js';
import { jsonString } from './json-string.js';
import { pythonTimestamp } from './timestamp.js';

/**
 * The line of PenguiFlow for Python (`penguiflow/logging.py`, `StructuredFormatter`): upper-case level, fields under
 * `extra` (left out when there are none), and the text of an error under `exception`.
 */
export function penguiflowLine(record: LogRecord): string {
  const fields = jsonFields(record.fields);
  const exception = exceptionText(record.fields.get('error'));
  return (
    `{"level":"${pythonLevel(record.level)}","logger":${jsonString(record.logger)},"message":${jsonString(record.message)}` +
    `,"timestamp":"${pythonTimestamp(record.timeMs)}"` +
    (fields === '' ? '' : `,"extra":{${fields.slice(1)}}`) +
    (exception === undefined ? '}' : `,"exception":${jsonString(exception)}}`)
  );
}

function pythonLevel(level: string): string {
  return level === 'warn' ? 'WARNING' : level.toUpperCase();
}
