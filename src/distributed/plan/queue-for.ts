import { FlowError } from '../../index.js';
import type { EntryPlan } from './distributed-plan.js';

/**
 * The queue that a payload for a node goes to: that of the node, or the lane of its key, which is the same one in every process and
 * every build.
 *
 * @throws FlowError `INVALID_OPTION` when `order.by` throws, or its key is neither a text nor a number
 */
export function queueFor({ node, queues, order }: EntryPlan, payload: unknown): string {
  if (order === undefined) return queues[0] as string;
  let key: unknown;
  try {
    key = order.by(payload as never);
  } catch (cause) {
    throw noKey(node, 'threw', cause);
  }
  if (typeof key !== 'string' && !Number.isFinite(key))
    throw noKey(node, `gave a key of type ${key === null ? 'null' : typeof key}`);
  return queues[laneOf(String(key), queues.length)] as string;
}

function noKey(node: string, what: string, cause?: unknown): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `\`order.by\` of the queue of node "${node}" ${what}`,
    hint: 'Give a function that makes a text or a number of every payload, at once.',
    nodeName: node,
    cause,
    metadata: { option: 'order.by', owner: `the queue of node "${node}"` },
  });
}

/** FNV-1a over the UTF-16 units, with a last mix, so that keys that differ in their end alone spread. */
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % lanes;
}
