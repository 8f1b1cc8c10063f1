import { expect } from 'chai';
import { FlowError, type Violation } from '#src/index.js';

/** The FlowError that a promise rejects with; fails the test when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<FlowError> {
  try {
    await promise;
  } catch (error) {
    if (FlowError.is(error)) return error;
    throw error;
  }
  return expect.fail('expected a FlowError, got a result');
}

/** What a `VALIDATION_FAILED` lists. */
export function violationsOf(error: FlowError): readonly Violation[] {
  expect(error.code).to.equal('VALIDATION_FAILED');
  return error.metadata['violations'] as readonly Violation[];
}
