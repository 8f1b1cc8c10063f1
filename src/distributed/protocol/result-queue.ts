import type { OutMessage } from '../carrier/messages.js';
import { encodeAnswer, type FailureAnswer, type ResultAnswer } from './answer.js';
import { encodeHead, type MessageHead } from './message-head.js';

/** The queue of results, where the plan says `results: 'queue'`: no node has this name. */
export const RESULT_QUEUE = 'Rookery';

/** A result, or a failure, on its way to whoever reads the queue of results. */
export function queuedAnswer(head: MessageHead, id: string, answer: ResultAnswer | FailureAnswer): OutMessage {
  const to = { to: [RESULT_QUEUE], token: id, deadlineMs: undefined };
  return { id, queue: RESULT_QUEUE, head: encodeHead({ ...head, ...to }), body: encodeAnswer(answer) };
}
