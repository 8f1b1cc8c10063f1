import { AttemptContext } from '../attempt/attempt-context.js';
import type { AttemptSlot } from '../attempt/attempt-slot.js';

/**
 * Whether a running attempt can only go on when something else of the flow does: an emit of it waits for room, or for its turn
 * on an ordered node. Whatever else makes an attempt wait for its own flow belongs here.
 */
export function waitsForFlow({ context }: AttemptSlot): boolean {
  const lazy = context === undefined ? undefined : AttemptContext.lazyIfAny(context);
  return lazy !== undefined && (lazy.waitsForRoom || lazy.waitsForTurn);
}
