import type { FlowEvent } from '../../events/flow-event.js';

/**
 * Where a trace stands between 0 and 1, the same in every process: FNV-1a over the id and the tenant, then mixed so that ids which
 * differ in their last digit lie far apart.
 */
function traceShare(traceId: string, tenant: string): number {
  let hash = 0x811c9dc5;
  for (const text of [traceId, tenant])
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 2 ** 32;
}

/** Whether a trace is among the given share of all traces. A line without a trace always is. */
export function isSampled({ traceId, tenant }: FlowEvent, rate: number): boolean {
  return rate >= 1 || traceId === null || traceShare(traceId, tenant ?? '') < rate;
}
