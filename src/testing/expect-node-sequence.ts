import { deepStrictEqual } from 'node:assert/strict';
import { nodeSequenceOf, recordedOf, type Recorded } from './flow-run.js';

/**
 * Asserts which nodes ran, and in which order. A node that follows itself (a retry, a loop, a second message) counts once.
 *
 * @param recorded - a run, a recording, or the events of one trace
 * @throws AssertionError of `node:assert`, with the difference
 * @throws FlowError `INVALID_OPTION` for what is no run: an `await` was forgotten
 * @example
 * ```ts
 * expectNodeSequence(await runOne(Orders, order), ['Price', 'Charge', 'Ship']);
 * ```
 */
export function expectNodeSequence(recorded: Recorded, expected: readonly string[]): void {
  deepStrictEqual(nodeSequenceOf(recordedOf(recorded)), expected);
}
