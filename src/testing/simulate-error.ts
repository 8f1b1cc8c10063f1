import type { NodeContext } from '../index.js';
import { invalid } from './invalid.js';

/** What {@link simulateError} may be told. */
export interface SimulateErrorOptions<I, O> {
  /** Makes what is thrown; `attempt` counts from 1. @defaultValue an `Error` that says it is simulated */
  readonly error?: (attempt: number) => Error;
  /** What comes after the failures. @defaultValue the payload itself */
  readonly result?: (payload: I, ctx: NodeContext) => O | Promise<O>;
}

/** A `process` that fails a number of times and then works. */
export interface SimulatedError<I, O> {
  (payload: I, ctx: NodeContext): Promise<O>;
  /** How often it was called. */
  readonly attempts: number;
  /** How often it failed. */
  readonly failures: number;
}

/**
 * Makes a `process` that throws `times` times, over all messages, and works from then on: for tests of retries.
 *
 * @throws FlowError `INVALID_OPTION` when `times` is not a whole number >= 1
 * @example
 * ```ts
 * const flaky = simulateError<Order>(2);
 * const run = await runOne(Orders, order, { providers: [{ token: Price, useValue: { process: flaky } }] });
 * expect(run).to.have.retried('Price', 2);
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- without types it stands in for any node, and gives on what that gets
export function simulateError<I = any, O = I>(
  times: number,
  options: SimulateErrorOptions<I, O> = {},
): SimulatedError<I, O> {
  if (!Number.isSafeInteger(times) || times < 1) {
    throw invalid('`times` of simulateError()', 'a whole number >= 1', times);
  }
  let attempts = 0;
  const process = async (payload: I, ctx: NodeContext): Promise<O> => {
    attempts++;
    if (attempts <= times) throw options.error?.(attempts) ?? new SimulatedFailure(attempts, times);
    return options.result === undefined ? (payload as unknown as O) : options.result(payload, ctx);
  };
  return Object.defineProperties(process, {
    attempts: { get: () => attempts },
    failures: { get: () => Math.min(attempts, times) },
  }) as SimulatedError<I, O>;
}

class SimulatedFailure extends Error {
  constructor(attempt: number, times: number) {
    super(`simulated failure ${attempt} of ${times}`);
  }

  override get name(): string {
    return 'SimulatedFailure';
  }
}
