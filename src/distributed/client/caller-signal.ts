import { FlowError } from '../../index.js';
import { invalidOption } from '../option-check.js';

/** @throws FlowError `INVALID_OPTION` */
export function checkSignal(signal: AbortSignal | undefined, owner: string): void {
  if (signal === undefined) return;
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return;
  throw invalidOption('signal', owner, 'an AbortSignal', signal);
}

/** The error for a wait that its signal ended. */
export function abortedBy(signal: AbortSignal, what: string): FlowError {
  return new FlowError('ABORTED', { message: `${what} was aborted by its signal`, cause: signal.reason });
}
