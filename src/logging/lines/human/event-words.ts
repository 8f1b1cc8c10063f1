import { FLOW_EVENT_TYPES, type FlowEventType } from '../../../events/flow-event-type.js';
import type { FieldList } from '../field-list.js';
import type { LogRecord } from '../log-record.js';
import { durationText } from './duration-text.js';

/** What happened, in words. */
export interface EventWords {
  readonly text: string;
  /** Why: it is cut where the line is too long. */
  readonly reason?: string | undefined;
  /** What follows, which is never cut. */
  readonly next?: string | undefined;
}

type Words = (fields: FieldList) => EventWords;

const FLOW_ERROR = 'FlowError: ';
const TYPES: ReadonlySet<string> = new Set(FLOW_EVENT_TYPES);

/** The type of the event that a line tells of; undefined for a line that somebody wrote. */
export function eventTypeOf({ message, fields }: LogRecord): FlowEventType | undefined {
  if (!TYPES.has(message) || fields.get('event') !== message || fields.get('queue_maxsize') === undefined)
    return undefined;
  return message as FlowEventType;
}

/** An event for people. */
export function eventWords(type: FlowEventType, fields: FieldList): EventWords {
  return WORDS[type](fields);
}

const WORDS: Readonly<Record<FlowEventType, Words>> = {
  node_start: (fields) => ({ text: `attempt ${attempts(fields)} begins` }),
  node_success: (fields) => ({ text: `done${took(fields, 'in')}` }),
  node_error: (fields) => failedAttempt(fields, 'failed', 'in'),
  node_timeout: (fields) => failedAttempt(fields, 'timed out', 'after', true),
  node_retry: (fields) => ({
    text: `attempt ${numberOf(fields, 'attempt') + 1} follows in ${seconds(fields, 'sleep_s')}`,
  }),
  node_failed: (fields) => ({
    text: `failed after ${count(numberOf(fields, 'attempt') + 1, 'attempt')}`,
    reason: thrown(fields),
  }),
  node_cancelled: () => ({ text: 'interrupted: the flow stops' }),
  node_trace_cancelled: () => ({ text: 'interrupted: the run was cancelled' }),
  loop_blocked: (fields) => {
    const suspects = listOf(fields, 'suspects');
    const text = `held the event loop for ${durationText(numberOf(fields, 'latency_ms'))}`;
    return suspects === undefined ? { text } : { text: `something ${text}`, reason: `${suspects} ran meanwhile` };
  },
  node_stuck: (fields) => {
    const heldBack = fields.get('held_back');
    const late = fields.get('interrupted') === true ? ', although it was interrupted' : '';
    return {
      text: `hangs for ${seconds(fields, 'age_s')}${late}`,
      reason: typeof heldBack === 'number' ? `it starts nothing, ${count(heldBack, 'message')} wait` : undefined,
    };
  },
  deadline_skip: () => ({ text: 'skipped: its deadline has passed' }),
  join_incomplete: (fields) => {
    const missing = listOf(fields, 'missing') ?? `${numberOf(fields, 'missing')}`;
    return { text: `gave up ${count(numberOf(fields, 'arrived'), 'part')}`, reason: `${missing} missing` };
  },
  dependency_success: (fields) => calledDependency(fields),
  dependency_error: (fields) => calledDependency(fields),
  dependency_rejected: (fields) => calledDependency(fields),
  dependency_state: (fields) => {
    const state = fields.get('isolated') === true ? 'held open' : (textOf(fields, 'state') ?? '').replace('_', ' ');
    return { text: `${textOf(fields, 'dependency')}: breaker is ${state}` };
  },
  trace_start: (fields) => ({ text: `started: ${textOf(fields, 'kind') ?? ''}${timeLeft(fields)}` }),
  trace_end: runEnd,
  part_start: (fields) => ({
    text: `part began${fields.get('redelivered') === true ? ' once more' : ''}${timeLeft(fields)}`,
  }),
  part_end: runEnd,
  trace_cancel_start: (fields) => ({ text: `cancelling ${count(numberOf(fields, 'pending'), 'message')}` }),
  trace_cancel_drop: () => ({ text: 'dropped a message that waited for room' }),
  trace_cancel_finish: () => ({ text: 'nothing of it is left' }),
  flow_backpressure: (fields) => ({
    text: `no room for ${durationText(numberOf(fields, 'waited_ms'))}`,
    reason: `an emit of ${textOf(fields, 'source') ?? 'a node'} waits`,
  }),
  flow_stalled: (fields) => ({
    text: `stalled for ${seconds(fields, 'stalled_s')}: no room at ${listOf(fields, 'full_at') ?? 'its end'}`,
    reason: textOf(fields, 'hint'),
  }),
  message_published: (fields) => ({ text: `sent a message to ${textOf(fields, 'queue') ?? 'a queue'}` }),
  message_redelivered: () => ({ text: 'got a message that another run did not end' }),
  message_dropped: (fields) => ({ text: 'dropped a message', reason: textOf(fields, 'reason') }),
  dead_letter: (fields) => ({ text: 'put a message aside that failed for good', reason: textOf(fields, 'error_code') }),
  lease_lost: (fields) => ({ text: 'lost a message that it worked on', reason: textOf(fields, 'reason') }),
  carrier_state: (fields) => ({ text: `carrier is ${textOf(fields, 'state')}`, reason: textOf(fields, 'detail') }),
  clock_skew: (fields) => ({
    text: `clock differs by ${durationText(numberOf(fields, 'skew_ms'))} from that of the carrier`,
  }),
};

const CALLS: Readonly<Record<string, string>> = {
  success: 'answered',
  fallback: 'answered by its fallback',
  error: 'failed',
  timeout: 'timed out',
  cancelled: 'given up',
};
/** Nobody sees a shorter wait. */
const AT_ONCE_MS = 100;

const ENDS: Readonly<Record<string, string>> = {
  succeeded: 'done',
  failed: 'failed',
  deadline: 'out of time',
  cancelled: 'cancelled',
  stopped: 'stopped',
  rejected: 'rejected',
};

/** `failed in 10.9 s: NODE_EXCEPTION in Charge, 5 attempts, 3 retries`. */
function runEnd(fields: FieldList): EventWords {
  const status = textOf(fields, 'status') ?? '';
  const node = status === 'rejected' ? textOf(fields, 'error_node') : undefined;
  const word = `${ENDS[status] ?? status}${node === undefined ? '' : ` by ${node}`}`;
  const text = `${word}${took(fields, status === 'succeeded' || status === 'failed' || status === 'rejected' ? 'in' : 'after')}`;
  return { text, reason: runReason(status, fields) };
}

function runReason(status: string, fields: FieldList): string | undefined {
  const parts: string[] = [];
  const [code, node, cancelled] = ['error_code', 'error_node', 'reason'].map((name) => textOf(fields, name));
  if (cancelled !== undefined) parts.push(cancelled);
  else if (status === 'rejected') parts.push(invalidInput(fields) ?? thrown(fields) ?? '');
  else if (code !== undefined && status !== 'succeeded')
    parts.push(`${code}${node === undefined ? '' : ` in ${node}`}`);
  if (status === 'failed' || status === 'deadline') parts.push(count(numberOf(fields, 'attempts'), 'attempt'));
  const [retries, dropped, failures] = ['retries', 'dropped', 'failures'].map((name) => numberOf(fields, name));
  if (retries !== undefined && retries > 0) parts.push(count(retries, 'retry', 'retries'));
  if (dropped !== undefined && dropped > 0) parts.push(`${count(dropped, 'message')} dropped`);
  if (status === 'succeeded' && failures !== undefined && failures > 0)
    parts.push(`${count(failures, 'message')} failed`);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** `invalid quantity, sku`; undefined where no input was. */
function invalidInput(fields: FieldList): string | undefined {
  const paths = fields.get('error_paths');
  if (!Array.isArray(paths) || paths.length === 0) return undefined;
  return `invalid ${paths.map((path) => (path === '' ? 'payload' : String(path))).join(', ')}`;
}

/** `attempt 1 of 4 failed in 412 µs: BankError: no answer yet; again in 500 ms`; the event of the retry is part of it. */
function failedAttempt(fields: FieldList, verb: string, preposition: 'in' | 'after', isTimeout = false): EventWords {
  const most = fields.get('max_attempts');
  const which = typeof most === 'number' ? `attempt ${attempts(fields)} ` : '';
  const next = fields.get('will_retry') === true ? `; again in ${seconds(fields, 'sleep_s')}` : undefined;
  const text = `${which}${verb}${took(fields, preposition)}`;
  return { text, next, reason: isTimeout ? undefined : (thrown(fields) ?? 'it threw') };
}

/** `bank failed in 412 ms after 2 tries: BankError: no answer yet`. */
function calledDependency(fields: FieldList): EventWords {
  const [name, outcome] = [textOf(fields, 'dependency') ?? '', textOf(fields, 'outcome') ?? ''];
  if (outcome === 'rejected') {
    const when = numberOf(fields, 'latency_ms') < AT_ONCE_MS ? ' at once' : took(fields, 'after');
    return { text: `${name} refused${when}`, reason: textOf(fields, 'reason') };
  }
  const isUnanswered = outcome === 'timeout' || outcome === 'cancelled';
  const tries = numberOf(fields, 'tries');
  const often = tries > 1 ? `${isUnanswered ? ',' : ' after'} ${count(tries, 'try', 'tries')}` : '';
  const text = `${name} ${CALLS[outcome] ?? outcome}${took(fields, isUnanswered ? 'after' : 'in')}${often}`;
  return { text, reason: outcome === 'timeout' ? undefined : thrown(fields) };
}

/** `2 of 4`, or `2` where there are no retries. */
function attempts(fields: FieldList): string {
  const most = fields.get('max_attempts');
  const number = numberOf(fields, 'attempt') + 1;
  return typeof most === 'number' ? `${number} of ${most}` : `${number}`;
}

function took(fields: FieldList, preposition: 'in' | 'after'): string {
  const ms = fields.get('latency_ms');
  return typeof ms === 'number' ? ` ${preposition} ${durationText(ms)}` : '';
}

function timeLeft(fields: FieldList): string {
  const [deadlineS, nowS] = [fields.get('deadline_s'), fields.get('ts')];
  if (typeof deadlineS !== 'number' || typeof nowS !== 'number') return '';
  return `, ${durationText(Math.max(0, (deadlineS - nowS) * 1_000))} left`;
}

function seconds(fields: FieldList, name: string): string {
  return durationText(numberOf(fields, name) * 1_000);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function numberOf(fields: FieldList, name: string): number {
  const value = fields.get(name);
  return typeof value === 'number' ? value : 0;
}

/** What was thrown; that it was one of ours its words say. */
function thrown(fields: FieldList): string | undefined {
  const text = textOf(fields, 'exception');
  return text?.startsWith(FLOW_ERROR) === true ? text.slice(FLOW_ERROR.length) : text;
}

function textOf(fields: FieldList, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listOf(fields: FieldList, name: string): string | undefined {
  const value = fields.get(name);
  return Array.isArray(value) && value.length !== 0 ? value.map(String).join(', ') : undefined;
}
