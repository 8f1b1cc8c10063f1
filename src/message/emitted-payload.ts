import { checkPayload, unreadableError } from './check-payload.js';
import { Message } from './message.js';

/**
 * Whether what is emitted is a whole message and not a payload.
 * @throws FlowError `INVALID_MESSAGE` when it can be no payload
 */
export function isMessage(input: unknown): input is Message {
  return typeof input === 'object' && input !== null && isMessageObject(input);
}

function isMessageObject(input: object): boolean {
  let message: boolean;
  try {
    message = Message.is(input);
  } catch (error) {
    throw unreadableError(error);
  }
  checkPayload(message ? (input as Message).payload : input);
  return message;
}
