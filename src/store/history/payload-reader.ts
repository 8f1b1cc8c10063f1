import { FlowError, type FlowPlan } from '../../index.js';
import type { FlowStore } from '../flow-store.js';
import type { PayloadSeal } from './history-options.js';
import type { KeptMessage } from './kept-messages.js';
import { decodePayload } from './payload-codec.js';
import { classesOf } from './plan-json.js';

/** A message as it was kept: the real data, not redacted. */
export interface KeptPayload extends KeptMessage {
  readonly runId: number;
  readonly messageId: string;
}

/**
 * Reads a message, instances as instances of the classes that the plan of its flow names.
 *
 * @param planOf - the plan of a flow by its name; of one that is not known instances become plain objects
 */
export async function readPayload(
  store: FlowStore,
  seal: PayloadSeal | undefined,
  planOf: (flow: string) => FlowPlan | undefined,
  runId: number,
  messageId: string,
): Promise<KeptPayload | undefined> {
  const row = await store.payload(runId, messageId);
  if (row === undefined) return undefined;
  const detail = await store.run({ runId });
  const plan = detail === undefined ? undefined : planOf(detail.run.flow);
  try {
    const bytes = seal === undefined ? row.bytes : seal.open(row.bytes);
    const kept = decodePayload(bytes, plan === undefined ? new Map() : classesOf(plan)) as KeptMessage;
    return { runId, messageId, ...kept };
  } catch (cause) {
    const message = `The payload of message ${messageId} of run ${runId} cannot be read`;
    throw new FlowError('PAYLOAD_UNREADABLE', { message, cause, metadata: { run_id: runId, message_id: messageId } });
  }
}
