import type { WinstonLevel } from '../logging-level.js';
import type { LogRecord } from '../log-record.js';
import { exceptionText, isErrorFields } from './exception-text.js';
import { jsonFields } from './json-line.js';
import { jsonString, jsonValue } from './json-string.js';

/** Severity numbers of the OpenTelemetry log data model. */
const SEVERITY: Readonly<Record<WinstonLevel, number>> = {
  error: 17,
  warn: 13,
  info: 9,
  http: 8,
  verbose: 7,
  debug: 5,
  silly: 1,
};

/** A W3C trace id: 32 lower-case hex digits, not all of them zero. */
const W3C_TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;

/**
 * The OpenTelemetry log data model (https://opentelemetry.io/docs/specs/otel/logs/data-model/): times in nanoseconds
 * as a decimal string, `TraceId` where the trace id has the W3C form, an error as `exception.*` attributes.
 */
export function otelLine(record: LogRecord): string {
  const traceId = record.fields.get('trace_id');
  const isW3c = typeof traceId === 'string' && W3C_TRACE_ID.test(traceId);
  const attributes = jsonFields(record.fields) + exceptionAttributes(record.fields.get('error'));
  return (
    `{"Timestamp":"${Math.floor(record.timeMs)}000000","SeverityText":"${record.level.toUpperCase()}"` +
    `,"SeverityNumber":${SEVERITY[record.level]},"Body":${jsonString(record.message)}` +
    (isW3c ? `,"TraceId":"${traceId}"` : '') +
    `,"InstrumentationScope":{"Name":${jsonString(record.logger)}},"Attributes":{${attributes.slice(1)}}}`
  );
}

/** The error under the names of the semantic conventions; its own object stays for what they have no name for. */
function exceptionAttributes(error: unknown): string {
  if (!isErrorFields(error)) return '';
  return (
    `,"exception.type":${jsonValue(error.type)},"exception.message":${jsonValue(error.message)}` +
    `,"exception.stacktrace":${jsonValue(exceptionText(error))}`
  );
}
