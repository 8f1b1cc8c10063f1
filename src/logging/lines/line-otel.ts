import type { CleanFields, LogRecord } from '../log-record.js';
import type { WinstonLevel } from '../logging-level.js';
import { exceptionText, isErrorFields } from './exception-text.js';
import { jsonFields, jsonString } from './json-line.js';

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
  const { fields } = record;
  const traceId = fields['trace_id'];
  const isW3c = typeof traceId === 'string' && W3C_TRACE_ID.test(traceId);
  const attributes = jsonFields(isErrorFields(fields['error']) ? withException(fields) : fields);
  return (
    `{"Timestamp":"${Math.floor(record.timeMs)}000000","SeverityText":"${record.level.toUpperCase()}"` +
    `,"SeverityNumber":${SEVERITY[record.level]},"Body":${jsonString(record.message)}` +
    (isW3c ? `,"TraceId":"${traceId}"` : '') +
    `,"InstrumentationScope":{"Name":${jsonString(record.logger)}},"Attributes":{${attributes.slice(1)}}}`
  );
}

/** The error under the names of the semantic conventions; its own object stays for what they have no name for. */
function withException(fields: CleanFields): CleanFields {
  const error = fields['error'] as { readonly type?: unknown; readonly message?: unknown };
  return {
    ...fields,
    'exception.type': error.type,
    'exception.message': error.message,
    'exception.stacktrace': exceptionText(error),
  };
}
