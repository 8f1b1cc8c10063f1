import { FlowError } from '../../errors/flow-error.js';
import type { NodeName } from './deadline-error.js';
import type { Parcel } from './envelope.js';

/** @throws FlowError `IDEMPOTENCY_KEY_UNKNOWN` */
export function keyOf({ sent, envelope }: Parcel, { name, id }: NodeName): string {
  if (sent !== undefined) return sent.keyAt(name);
  throw new FlowError('IDEMPOTENCY_KEY_UNKNOWN', {
    message: `Node "${name}" asked for an idempotency key, and its run has none: it was given no \`id\`, and nobody follows it`,
    traceId: envelope.trace.id,
    nodeName: name,
    nodeId: id,
  });
}
