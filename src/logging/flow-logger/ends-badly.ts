import type { FlowEvent } from '../../events/flow-event.js';

/** Ends of runs of which nobody needs to see how they came about. */
const HARMLESS: ReadonlySet<unknown> = new Set(['succeeded', 'rejected']);

/** Whether a run ends in a way that its unsampled lines explain. Whoever called a playbook decides what its end means. */
export function endsBadly({ eventType, extra }: FlowEvent): boolean {
  return (
    (eventType === 'trace_end' || eventType === 'part_end') &&
    extra['kind'] !== 'playbook' &&
    !HARMLESS.has(extra['status'])
  );
}
