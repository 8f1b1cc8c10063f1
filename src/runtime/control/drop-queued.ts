import type { FlowError } from '../../errors/flow-error.js';
import type { WiredFlow } from './wired-flow.js';

/** Matches whatever there is. */
export function all(): boolean {
  return true;
}

/**
 * Drops what is queued or waits for room anywhere in the graph; returns how many messages that were. Results that have
 * their place at the egress stay. What an ordered node lets go meanwhile may be missed: call again once its slots are empty.
 */
export function dropQueued({ borders, core, workers }: WiredFlow, reason: FlowError): number {
  const floes = workers.flatMap((worker) => worker.inputs);
  let dropped = 0;
  for (const place of [core.egress, ...borders, ...floes]) {
    for (const put of place.removeWaiting(all)) {
      put.onDropped(reason);
      dropped++;
    }
  }
  for (const floe of floes) {
    for (const parcel of floe.remove(all)) {
      core.traces.release(parcel.envelope.trace);
      dropped++;
    }
  }
  return dropped;
}
