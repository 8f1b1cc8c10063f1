import type { NodePolicy } from '../ports/node-policy.js';

/** The part of a policy that the waits depend on. */
export type BackoffPolicy = Pick<NodePolicy, 'backoffBaseS' | 'backoffMultiplier' | 'maxBackoffS' | 'jitter'>;

/**
 * The wait before retry `retry` (from 1), in seconds: base × multiplier^(retry − 1), capped, then jittered.
 *
 * @param random - a number in [0, 1), drawn only for `jitter: 'full'`
 */
export function backoffS(policy: BackoffPolicy, retry: number, random: () => number = Math.random): number {
  // Otherwise 0 × Infinity, many retries later.
  if (policy.backoffBaseS === 0) return 0;
  const grown = policy.backoffBaseS * policy.backoffMultiplier ** (retry - 1);
  const capped = policy.maxBackoffS === undefined ? grown : Math.min(grown, policy.maxBackoffS);
  const delay = Number.isFinite(capped) ? capped : Number.MAX_SAFE_INTEGER;
  return policy.jitter === 'full' ? delay * random() : delay;
}
