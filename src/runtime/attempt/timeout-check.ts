import type { Clock } from '../../ports/clock.js';

/** How often a busy node with `timeoutS` looks at its attempts: ten times per timeout, within these bounds. */
const SHORTEST_CHECK_MS = 1;
const LONGEST_CHECK_MS = 100;

/** Milliseconds to the next look: the oldest attempt's timeout, or sooner where starts are not stamped exactly. */
export function checkAfterMs(clock: Clock, timeoutMs: number, now: number, oldest: number): number {
  const untilExpiry = oldest + timeoutMs - now;
  if (!Number.isNaN(clock.stamp())) return untilExpiry;
  return Math.min(untilExpiry, Math.min(LONGEST_CHECK_MS, Math.max(SHORTEST_CHECK_MS, timeoutMs / 10)));
}
