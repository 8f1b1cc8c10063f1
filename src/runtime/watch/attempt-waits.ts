import { AttemptContext } from '../attempt/attempt-context.js';
import type { AttemptSlot } from '../attempt/attempt-slot.js';

/**
 * Whether a running attempt can only go on when something else of the flow does: an emit of it waits for room, or for its turn
 * on an ordered node, or it waits for an answer of the flow's own handle. One that sleeps beside that goes on.
 */
export function waitsForFlow({ context }: AttemptSlot): boolean {
  const lazy = context === undefined ? undefined : AttemptContext.lazyIfAny(context);
  if (lazy === undefined || (lazy.sleeps !== undefined && lazy.sleeps.size !== 0)) return false;
  return lazy.waitsForRoom || lazy.waitsForTurn || lazy.ownWaits !== 0;
}

/** Whether an attempt of a node waits for an answer of its own flow's handle. */
export function callsItself({ slots }: { readonly slots: readonly AttemptSlot[] }): boolean {
  return slots.some(({ context }) => context !== undefined && (AttemptContext.lazyIfAny(context)?.ownWaits ?? 0) !== 0);
}
