import { types } from 'node:util';
import type { FlowError, FlowErrorCode, FlowEvent, RunStatus } from '../index.js';
import { invalid } from './invalid.js';

/** How one message went through a flow. */
export interface FlowRun<Out = unknown> {
  readonly traceId: string;
  /** The first result; undefined when the run failed before there was one. */
  readonly value: Out | undefined;
  /** Why the run failed, be it after its first result; undefined when it did not. */
  readonly error: FlowError | undefined;
  /** Nodes that had not come to their end when the time for other branches was over, and were stopped. */
  readonly unfinished: readonly string[];
  /** Everything that happened to the message, in order. */
  readonly events: readonly FlowEvent[];
}

/** What assertions look at: a run, a recording, or just events. */
export type Recorded =
  | readonly FlowEvent[]
  | { readonly events: readonly FlowEvent[]; readonly error?: FlowError | undefined };

/**
 * What was recorded, if that is what somebody passed.
 * @throws FlowError `INVALID_OPTION` for anything else, a promise above all
 */
export function recordedOf(subject: unknown): Recorded {
  if (Array.isArray(subject)) return subject as readonly FlowEvent[];
  const events: unknown = (subject as { readonly events?: unknown } | null | undefined)?.events;
  if (Array.isArray(events)) return subject as Recorded;
  const isPromise = types.isPromise(subject);
  const hint = isPromise
    ? 'An `await` is missing: `expect(await runOne(…))`.'
    : 'Pass what `runOne` resolves with, or events.';
  throw invalid('the subject of the assertion', 'a run, a recording or events', subject, hint);
}

/** The events of whatever was recorded. */
export function eventsOf(recorded: Recorded): readonly FlowEvent[] {
  return 'events' in recorded ? recorded.events : recorded;
}

/** Nodes in the order of their starts; a node that follows itself (a retry, a second message) is named once. */
export function nodeSequenceOf(recorded: Recorded): readonly string[] {
  const names = eventsOf(recorded)
    .filter((event) => event.eventType === 'node_start')
    .map((event) => event.nodeName ?? '');
  return names.filter((name, index) => name !== names[index - 1]);
}

/** Codes of the failures in it. */
export function failureCodesOf(recorded: Recorded): readonly FlowErrorCode[] {
  const codes = new Set<FlowErrorCode>();
  if ('events' in recorded && recorded.error !== undefined) codes.add(recorded.error.code);
  for (const { errorPayload } of eventsOf(recorded))
    if (errorPayload !== undefined) codes.add(errorPayload.code as FlowErrorCode);
  return [...codes];
}

/** How the runs in it ended, but for those of playbooks. */
export function endsOf(recorded: Recorded): readonly RunStatus[] {
  return eventsOf(recorded)
    .filter(({ eventType, extra }) => eventType === 'trace_end' && extra['kind'] !== 'playbook')
    .map(({ extra }) => extra['status'] as RunStatus);
}
