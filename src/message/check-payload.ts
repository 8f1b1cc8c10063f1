import { FlowError } from '../errors/flow-error.js';
import { isThenable } from './is-thenable.js';

/**
 * @throws FlowError `INVALID_MESSAGE` when a value can be no payload: a promise, which somebody forgot to await, or what cannot be looked at
 */
export function checkPayload(payload: unknown): void {
  if (typeof payload === 'object' && payload !== null && isPromise(payload)) throw promiseError();
}

/** The error for what throws when it is looked at. */
export function unreadableError(cause: unknown): FlowError {
  return new FlowError('INVALID_MESSAGE', {
    message: 'The payload cannot be looked at: it is a proxy that was revoked, or one that throws',
    hint: 'Emit a plain object or an instance of a class.',
    cause,
  });
}

function isPromise(payload: object): boolean {
  try {
    return isThenable(payload);
  } catch (error) {
    throw unreadableError(error);
  }
}

function promiseError(): FlowError {
  return new FlowError('INVALID_MESSAGE', {
    message: 'The payload is a promise, or has a `then`',
    hint: 'Await it first: `emit(await order)`.',
  });
}
