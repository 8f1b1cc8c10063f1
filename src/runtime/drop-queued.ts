import type { FlowError } from '../errors/flow-error.js';
import type { Parcel } from './envelope.js';
import type { NodeWorker } from './node-worker.js';
import type { WiredFlow } from './wired-flow.js';

/** Which messages, why, and who hears of those that waited for room before a node. */
export interface DropRequest {
  readonly matches: (parcel: Parcel) => boolean;
  readonly reason: FlowError;
  readonly onWaitingDropped?: (worker: NodeWorker) => void;
}

/**
 * Drops what is queued or waits for room anywhere in the graph; returns how many messages that were. Results that have
 * their place at the egress stay.
 */
export function dropQueued({ core, workers }: WiredFlow, request: DropRequest): number {
  const { matches, reason, onWaitingDropped } = request;
  let dropped = 0;
  // Taking a result off the line lets an ordered node hand on the next one, so a line is looked at until it is empty.
  const dropWaiting = (place: Pick<typeof core.rookery, 'removeWaiting'>, worker?: NodeWorker): void => {
    for (let puts = place.removeWaiting(matches); puts.length !== 0; puts = place.removeWaiting(matches)) {
      for (const put of puts) {
        if (worker !== undefined) onWaitingDropped?.(worker);
        put.onDropped(reason);
        dropped++;
      }
    }
  };
  dropWaiting(core.rookery);
  for (const worker of workers) for (const floe of worker.inputs) dropWaiting(floe, worker);
  for (const floe of workers.flatMap((worker) => worker.inputs)) {
    for (const parcel of floe.remove(matches)) {
      core.traces.release(parcel.envelope.trace);
      dropped++;
    }
  }
  return dropped;
}
