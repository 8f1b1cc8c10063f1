import { FlowError } from './flow-error.js';

/** Whether a message that came from outside did not pass the check of its input: the fault of whoever sent it. */
export function isInvalidInput(error: unknown): boolean {
  return (
    error instanceof FlowError &&
    error.code === 'VALIDATION_FAILED' &&
    error.metadata['direction'] === 'input' &&
    error.metadata['ingress'] === true
  );
}
