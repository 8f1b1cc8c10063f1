import { FieldList } from '#src/logging/lines/field-list.js';
import { flatLine } from '#src/logging/lines/line-flat.js';
import { otelLine } from '#src/logging/lines/line-otel.js';
import { penguiflowLine } from '#src/logging/lines/line-penguiflow.js';
import type { LogRecord } from '#src/logging/lines/log-record.js';

export const FORMATS = { flat: flatLine, penguiflow: penguiflowLine, otel: otelLine };

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
const EVENT = { queue_maxsize: 64, flow_name: 'Orders', node_name: 'Charge', node_id: 'Orders.Charge' };

interface Line {
  readonly message: string;
  readonly level?: LogRecord['level'];
  readonly timeMs?: number;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A record as the library writes it, by default of a node. */
export function record({
  message,
  level = 'info',
  timeMs = Date.UTC(2026, 10, 30, 1, 19, 26, 104),
  fields = {},
}: Line): LogRecord {
  const ids = { flow_name: 'Orders', node_name: 'Price', tenant: 'acme', trace_id: TRACE };
  return { timeMs, level, logger: 'penguiflow.flow', message, fields: FieldList.from({ ...ids, ...fields }) };
}

/** The line of an event of a node. */
export function eventRecord(
  event: string,
  fields: Readonly<Record<string, unknown>>,
  level: LogRecord['level'] = 'info',
): LogRecord {
  return record({ message: event, level, fields: { event, ...EVENT, ...fields } });
}

/** What a run that failed wrote. */
export function failedRun(): LogRecord[] {
  const error = {
    type: 'BankError',
    message: 'no answer yet',
    stack: 'BankError: no answer yet\n    at Bank.charge (src/bank.ts:41:11)',
  };
  return [
    record({ message: 'pricing', fields: { sku: 'fish-1', attempt: 0 } }),
    eventRecord(
      'node_error',
      {
        attempt: 0,
        max_attempts: 2,
        latency_ms: 0.412,
        exception: 'BankError: no answer yet',
        will_retry: true,
        sleep_s: 0.5,
      },
      'warn',
    ),
    eventRecord('node_retry', { attempt: 1, sleep_s: 0.5 }),
    eventRecord('node_failed', { attempt: 1, exception: 'BankError: no answer yet', error }, 'error'),
  ];
}

/** What is shown of it. */
export const FAILED_RUN_SHOWN = `\
01:19:26.104 INFO  Orders.Price  pricing  sku=fish-1  acme 1c80319c
01:19:26.104 WARN  Orders.Charge  attempt 1 of 2 failed in 412 µs: BankError: no answer yet; again in 500 ms  acme 1c80319c
01:19:26.104 ERROR Orders.Charge  failed after 2 attempts: BankError: no answer yet  acme 1c80319c
               at Bank.charge (src/bank.ts:41:11)
`;
