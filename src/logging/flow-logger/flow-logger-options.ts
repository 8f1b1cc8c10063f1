import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '../../events/flow-event-type.js';
import type { FlowEvent } from '../../events/flow-event.js';
import type { LogLevel } from '../../ports/flow-log.js';

/** Options of {@link FlowLogger}, bound to `FLOW_LOGGER_OPTIONS`. */
export interface FlowLoggerOptions {
  /** Level per event type; `off` for no line. @defaultValue {@link DEFAULT_FLOW_LEVELS} */
  readonly levels?: Partial<Readonly<Record<FlowEventType, LogLevel | 'off'>>> | undefined;
  /** Level of a `node_error` while retries remain. @defaultValue `'warn'`, or the level of `node_error` when that is given */
  readonly retryLevel?: LogLevel | 'off' | undefined;
  /**
   * Share of traces whose lines are written, per event type, from 0 to 1. Decided by the trace id, so a trace is
   * sampled whole, and alike in every process. @defaultValue 1 for each
   */
  readonly sample?: Partial<Readonly<Record<FlowEventType, number>>> | undefined;
  /** Traces whose unsampled lines are kept, to be written when the trace fails; 0 keeps none. @defaultValue 0 */
  readonly recordTraces?: number | undefined;
  /** Most lines kept per trace; the oldest go first. @defaultValue 100 */
  readonly recordLines?: number | undefined;
  /** With `recordTraces`: a `node_success` that took this long, in milliseconds, writes its trace out too. @defaultValue none */
  readonly recordSlowMs?: number | undefined;
  /**
   * Most lines about a `node_start` in one second; the next one that is written says in `starts_left_out` how many were
   * not. @defaultValue no limit, so that each event has its line
   */
  readonly maxStartsPerS?: number | undefined;
  /**
   * Adds the payload of the message to each line about a node, as field `payload`: redacted, and cut to `maxChars` characters
   * of JSON (`true`: 1000), and to the `maxChars` of `redact`. @defaultValue false
   */
  readonly payloads?: boolean | { readonly maxChars?: number | undefined } | undefined;
  /**
   * Called for every `node_success` and `node_error` that has a latency, in milliseconds; what it throws is logged.
   * @defaultValue none
   */
  readonly onLatency?: ((eventType: FlowEventType, latencyMs: number, event: FlowEvent) => void) | undefined;
}

/** The level at which each event type is logged. */
export const DEFAULT_FLOW_LEVELS: Readonly<Record<FlowEventType, LogLevel | 'off'>> = Object.freeze({
  node_start: 'debug',
  node_success: 'info',
  node_error: 'warn',
  node_timeout: 'warn',
  node_retry: 'info',
  node_failed: 'error',
  node_cancelled: 'debug',
  node_trace_cancelled: 'info',
  loop_blocked: 'warn',
  node_stuck: 'warn',
  deadline_skip: 'info',
  join_incomplete: 'warn',
  dependency_success: 'debug',
  dependency_error: 'warn',
  dependency_rejected: 'warn',
  dependency_state: 'info',
  trace_start: 'info',
  trace_end: 'info',
  part_start: 'debug',
  part_end: 'debug',
  trace_cancel_start: 'info',
  trace_cancel_drop: 'info',
  trace_cancel_finish: 'info',
  flow_backpressure: 'warn',
  flow_stalled: 'warn',
  message_published: 'debug',
  message_redelivered: 'warn',
  message_dropped: 'info',
  dead_letter: 'error',
  lease_lost: 'warn',
  carrier_state: 'warn',
  clock_skew: 'warn',
});

const OWNER = 'FlowLogger';
const LEVELS: readonly string[] = ['error', 'warn', 'info', 'debug', 'off'];
const KNOWN = [
  'levels',
  'retryLevel',
  'sample',
  'recordTraces',
  'recordLines',
  'recordSlowMs',
  'maxStartsPerS',
  'payloads',
  'onLatency',
];

/**
 * Checks the options.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkFlowLoggerOptions(options: FlowLoggerOptions): FlowLoggerOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', OWNER, 'an object', options);
  rejectUnknownOptions(options, KNOWN, OWNER);
  checkTable('levels', options.levels, `one of ${LEVELS.join(', ')}`, (value) => LEVELS.includes(value as string));
  checkTable(
    'sample',
    options.sample,
    'a number from 0 to 1',
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
  );
  if (options.retryLevel !== undefined && !LEVELS.includes(options.retryLevel)) {
    throw invalidOption('retryLevel', OWNER, `one of ${LEVELS.join(', ')}`, options.retryLevel);
  }
  checkCount('recordTraces', options.recordTraces, 0);
  checkCount('recordLines', options.recordLines, 1);
  checkCount('recordSlowMs', options.recordSlowMs, 0);
  checkCount('maxStartsPerS', options.maxStartsPerS, 1);
  checkPayloads(options.payloads);
  if (options.onLatency !== undefined && typeof options.onLatency !== 'function') {
    throw invalidOption('onLatency', OWNER, 'a function', options.onLatency);
  }
  return options;
}

function checkTable(option: string, table: unknown, expected: string, isValid: (value: unknown) => boolean): void {
  if (table === undefined) return;
  if (typeof table !== 'object' || table === null) throw invalidOption(option, OWNER, 'an object', table);
  rejectUnknownOptions(table, FLOW_EVENT_TYPES, `\`${option}\` of ${OWNER}`);
  for (const [type, value] of Object.entries(table)) {
    if (value !== undefined && !isValid(value)) throw invalidOption(`${option}.${type}`, OWNER, expected, value);
  }
}

function checkPayloads(value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  if (typeof value !== 'object' || value === null)
    throw invalidOption('payloads', OWNER, 'a boolean or an object', value);
  rejectUnknownOptions(value, ['maxChars'], `\`payloads\` of ${OWNER}`);
  checkCount('payloads.maxChars', (value as { readonly maxChars?: unknown }).maxChars, 1);
}

function checkCount(option: string, value: unknown, least: number): void {
  if (value !== undefined && !(Number.isInteger(value) && (value as number) >= least)) {
    throw invalidOption(option, OWNER, `a whole number >= ${least}`, value);
  }
}
