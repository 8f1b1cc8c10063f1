import { invalidOption, isRecord } from '../../errors/option-error.js';
import type { TraceRecord } from '../trace/trace-record.js';

/** What a run is to be found by. */
type RunLabels = Readonly<Record<string, string>>;

/** Labels that a run may have. */
const MAX_LABELS = 8;
/** Longest name and value, in characters. */
const MAX_LABEL = 128;
const NO_LABELS: RunLabels = Object.freeze({});

/** Apart from the runs, of which few have labels and each would have the field. */
const OF_RUN = new WeakMap<TraceRecord, Map<string, string>>();

/** Those that a run has, in the order in which it got them. */
export function labelsOf(trace: TraceRecord): RunLabels {
  const labels = OF_RUN.get(trace);
  return labels === undefined ? NO_LABELS : Object.freeze(Object.fromEntries(labels));
}

/**
 * Checks an option `labels`; left out is right.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkLabels(labels: unknown, owner: string): void {
  if (labels === undefined) return;
  if (!isRecord(labels)) throw invalidOption('labels', owner, 'a plain object', labels);
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) throw tooMany(owner, entries.length);
  for (const [name, value] of entries) checkLabel(name, value, owner);
}

/**
 * Gives labels to a run that its tracer may know already; a value takes the place of the one before.
 * @throws FlowError `INVALID_OPTION` when these would be too many
 */
export function labelRun(trace: TraceRecord, given: RunLabels | undefined, owner: string): void {
  if (given === undefined) return;
  const labels = OF_RUN.get(trace) ?? new Map<string, string>();
  const names = new Set([...labels.keys(), ...Object.keys(given)]);
  if (names.size > MAX_LABELS) throw tooMany(owner, names.size);
  OF_RUN.set(trace, labels);
  for (const [name, value] of Object.entries(given)) {
    labels.set(name, value);
    trace.span?.label?.(name, value);
  }
}

/**
 * Gives a run a label; a run that is over keeps those that it had.
 * @throws FlowError `INVALID_OPTION`
 */
export function addLabel(trace: TraceRecord, name: string, value: string, owner: string): void {
  checkLabel(name, value, owner);
  if (!trace.ended) labelRun(trace, { [name]: value }, owner);
}

function checkLabel(name: unknown, value: unknown, owner: string): void {
  for (const [what, text] of [
    ['name', name],
    ['value', value],
  ] as const) {
    if (typeof text === 'string' && text !== '' && text.length <= MAX_LABEL) continue;
    const expected = `a non-empty string of at most ${MAX_LABEL} characters`;
    throw invalidOption(`${what} of a label`, owner, expected, text);
  }
}

function tooMany(owner: string, count: number): Error {
  const hint =
    'Labels are for what people look for, such as an order number; put the rest into `meta`, the payload or a log line.';
  return invalidOption('labels', owner, `at most ${MAX_LABELS} per run`, count, hint);
}
