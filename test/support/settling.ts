import { expect } from 'chai';
import { FlowError } from '#src/index.js';

/** Lets every promise callback run that can. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Whether a promise is still pending once everything that can run has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const over = (): void => {
    pending = false;
  };
  promise.then(over, over);
  await settle();
  return pending;
}

/** What the promise rejects with; fails the test when it resolves. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return expect.fail(`expected a rejection, got ${String(value)}`);
}

/** The FlowError the promise rejects with; fails the test when it resolves or rejects with something else. */
export async function failureOf(promise: Promise<unknown>): Promise<FlowError> {
  const reason = await reasonOf(promise);
  if (!FlowError.is(reason)) expect.fail(`expected a FlowError, got ${String(reason)}`);
  return reason;
}

/** The code of the FlowError the promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failureOf(promise)).code;
}
