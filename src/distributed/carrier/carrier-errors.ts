import { FlowError } from '../../index.js';
import type { ProvisionDiff } from './carrier-plan.js';
import type { OutMessage } from './messages.js';

/** What a session is asked for, or has not heard of, when it is closed. */
export function carrierClosed(flow: string): FlowError {
  return new FlowError('CARRIER_CLOSED', {
    message: `The session of flow "${flow}" with its carrier is closed`,
    metadata: { flow },
  });
}

/** For a delivery that is not ours any more. */
export function leaseLost(delivery: { readonly id: string; readonly queue: string }): FlowError {
  return new FlowError('LEASE_LOST', {
    message: `Message "${delivery.id}" of queue "${delivery.queue}" is not held by this session any more`,
    metadata: { id: delivery.id, queue: delivery.queue },
  });
}

/** The error for a message that the engine never takes; undefined when it does. */
export function tooLarge({ id, queue, head, body }: OutMessage, maxBytes: number): FlowError | undefined {
  // A character has three bytes at most, so most messages need not be counted.
  if ((head.length + body.length) * 3 <= maxBytes) return undefined;
  const bytes = Buffer.byteLength(head) + Buffer.byteLength(body);
  if (bytes <= maxBytes) return undefined;
  return new FlowError('MESSAGE_TOO_LARGE', {
    message: `Message "${id}" for queue "${queue}" has ${bytes} bytes, and the engine takes ${maxBytes}`,
    metadata: { id, queue, bytes, maxBytes },
  });
}

/** The error for a message to a queue that the engine does not have. */
export function noSuchQueue(flow: string, queue: string): FlowError {
  return new FlowError('PLAN_CHANGED', {
    message: `Flow "${flow}" has no queue "${queue}" at its engine`,
    metadata: { flow, queue },
    hint: 'Call `provision(plan, "ensure")` first; if the queue was there before, a newer plan of the flow has taken it away.',
  });
}

/** The error for a plan that may not be brought to the engine: because of the queues that hold messages, or because nothing may be changed. */
export function planChanged(flow: string, diff: ProvisionDiff, holding: readonly string[]): FlowError {
  const why =
    holding.length === 0 ? 'differs from it' : `would change queues that hold messages: ${holding.join(', ')}`;
  return new FlowError('PLAN_CHANGED', {
    message: `The plan of flow "${flow}" does not fit what its engine has: it ${why}`,
    metadata: { flow, diff, holding },
  });
}
