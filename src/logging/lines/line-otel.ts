import type { WinstonLevel } from './logging-level.js';
import type { LogRecord } from './log-record.js';
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
/** A W3C span id: 16 of them. */
const W3C_SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

/**
 * The OpenTelemetry log data model (https://opentelemetry.io/docs/specs/otel/logs/data-model/): times in nanoseconds
 * as a decimal string, an error as `exception.*` attributes. `TraceId` and `SpanId` are those of the attempt's span
 * while the flow is traced; else `TraceId` is the flow's trace id where that has the W3C form.
 */
export function otelLine(record: LogRecord): string {
  const { fields } = record;
  const ids =
    idField('TraceId', fields.get('otel_trace_id') ?? fields.get('trace_id'), W3C_TRACE_ID) +
    idField('SpanId', fields.get('otel_span_id'), W3C_SPAN_ID);
  const attributes = jsonFields(fields) + exceptionAttributes(fields.get('error'));
  return (
    `{"Timestamp":"${Math.floor(record.timeMs)}000000","SeverityText":"${record.level.toUpperCase()}"` +
    `,"SeverityNumber":${SEVERITY[record.level]},"Body":${jsonString(record.message)}` +
    `${ids},"InstrumentationScope":{"Name":${jsonString(record.logger)}},"Attributes":{${attributes.slice(1)}}}`
  );
}

function idField(name: string, id: unknown, form: RegExp): string {
  return typeof id === 'string' && form.test(id) ? `,"${name}":"${id}"` : '';
}

/** The error under the names of the semantic conventions; its own object stays for what they have no name for. */
function exceptionAttributes(error: unknown): string {
  if (!isErrorFields(error)) return '';
  return (
    `,"exception.type":${jsonValue(error.type)},"exception.message":${jsonValue(error.message)}` +
    `,"exception.stacktrace":${jsonValue(exceptionText(error))}`
  );
}
