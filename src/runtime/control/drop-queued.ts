import type { FlowError } from '../../errors/flow-error.js';
import type { Parcel } from '../trace/envelope.js';
import type { NodeWorker } from '../node/node-worker.js';
import type { WiredFlow } from './wired-flow.js';

/** Which messages, why, and who hears of those that waited for room before a node. */
export interface DropRequest {
  readonly matches: (parcel: Parcel) => boolean;
  readonly reason: FlowError;
  readonly onWaitingDropped?: (worker: NodeWorker) => void;
}

/**
 * Drops what is queued or waits for room anywhere in the graph; returns how many messages that were. Results that have
 * their place at the egress stay. What an ordered node lets go meanwhile may be missed: call again once its slots are empty.
 */
export function dropQueued({ core, workers }: WiredFlow, request: DropRequest): number {
  const { matches, reason, onWaitingDropped } = request;
  let dropped = 0;
  const dropWaiting = (place: Pick<typeof core.egress, 'removeWaiting'>, worker?: NodeWorker): void => {
    for (const put of place.removeWaiting(matches)) {
      if (worker !== undefined) onWaitingDropped?.(worker);
      put.onDropped(reason);
      dropped++;
    }
  };
  dropWaiting(core.egress);
  for (const worker of workers) for (const floe of worker.inputs) dropWaiting(floe, worker);
  for (const floe of workers.flatMap((worker) => worker.inputs)) {
    for (const parcel of floe.remove(matches)) {
      core.traces.release(parcel.envelope.trace);
      dropped++;
    }
  }
  return dropped;
}
