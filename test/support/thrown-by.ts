import { expect } from 'chai';
import { FlowError } from '#src/errors/flow-error.js';

/** The FlowError that the function throws; fails the test when it throws nothing, or something else. */
export function thrownBy(body: () => unknown): FlowError {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  if (!FlowError.is(thrown))
    expect.fail(`expected a FlowError, got ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  return thrown;
}
