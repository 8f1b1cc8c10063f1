import type { FlowError, FlowEvent } from '../index.js';

/** How one message went through a flow. */
export interface FlowRun<Out = unknown> {
  readonly traceId: string;
  /** The first result; undefined when the run failed. */
  readonly value: Out | undefined;
  /** Why the run failed; undefined when it did not. */
  readonly error: FlowError | undefined;
  /** Everything that happened to the message, in order. */
  readonly events: readonly FlowEvent[];
}

/** What assertions look at: a run, a recording, or just events. */
export type Recorded =
  | readonly FlowEvent[]
  | { readonly events: readonly FlowEvent[]; readonly error?: FlowError | undefined };

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
export function failureCodesOf(recorded: Recorded): readonly string[] {
  const codes = new Set<string>();
  if ('events' in recorded && recorded.error !== undefined) codes.add(recorded.error.code);
  for (const event of eventsOf(recorded)) if (event.errorPayload !== undefined) codes.add(event.errorPayload.code);
  return [...codes];
}
