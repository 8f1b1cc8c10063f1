import type { FlowCore } from '../core/flow-core.js';
import { AttemptContext } from './attempt-context.js';
import type { AttemptSlot } from './attempt-slot.js';
import { SlotState } from './current-attempt.js';

/** A flow as seen from its attempts. */
interface Surroundings {
  readonly core: FlowCore;
  readonly workers: readonly { readonly id: string; readonly slots: readonly AttemptSlot[] }[];
}

/**
 * Notes that an attempt waits for an answer of its own flow's handle, which it may hold up itself; gives the answer back.
 *
 * Whose attempt the caller is can be told before its first `await`, and after that where an async context is on.
 */
export function noteOwnWait<T>(flow: Surroundings, answer: Promise<T>): Promise<T> {
  const context = attemptAround(flow);
  if (context === undefined) return answer;
  const lazy = AttemptContext.lazy(context);
  lazy.ownWaits++;
  // What is given back is a promise of its own: one that fails unheard must still be heard of.
  return answer.finally(() => void lazy.ownWaits--);
}

function attemptAround({ core, workers }: Surroundings): AttemptContext | undefined {
  if (!core.runQueue.isIdle) {
    for (const { slots } of workers) {
      const slot = slots.find(({ inSync, state }) => inSync && state === SlotState.running);
      if (slot !== undefined) return slot.context;
    }
  }
  const fields = core.correlation()?.current;
  if (fields === undefined) return undefined;
  const worker = workers.find(({ id }) => id === fields['node_id']);
  const isCaller = ({ state, context }: AttemptSlot): boolean =>
    state === SlotState.running && context?.attempt === fields['attempt'] && context?.traceId === fields['trace_id'];
  return worker?.slots.find(isCaller)?.context;
}
