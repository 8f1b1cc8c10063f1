import { FlowError } from '../errors/flow-error.js';
import { isThenable } from '../message/is-thenable.js';
import { Message } from '../message/message.js';

/**
 * Whether what is emitted is a whole message and not a payload.
 * @throws FlowError `INVALID_MESSAGE` when it can be no payload: a promise, which somebody forgot to await, or what cannot be looked at
 */
export function isMessage(input: unknown): input is Message {
  return typeof input === 'object' && input !== null && isMessageObject(input);
}

function isMessageObject(input: object): boolean {
  let promise: boolean;
  let message: boolean;
  try {
    message = Message.is(input);
    promise = isThenable(message ? (input as Message).payload : input);
  } catch (error) {
    throw new FlowError('INVALID_MESSAGE', {
      message: 'The payload cannot be looked at: it is a proxy that was revoked, or one that throws',
      hint: 'Emit a plain object or an instance of a class.',
      cause: error,
    });
  }
  if (!promise) return message;
  throw new FlowError('INVALID_MESSAGE', {
    message: 'The payload is a promise, or has a `then`',
    hint: 'Await it first: `await flow.emit(await order)`.',
  });
}
