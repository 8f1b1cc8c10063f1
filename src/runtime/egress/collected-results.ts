import type { FlowError } from '../../errors/flow-error.js';

/** What `flow.collect` resolves with when it is to settle. */
export interface CollectedResults<out Out> {
  /** In the order in which they left the flow. */
  readonly results: readonly Out[];
  /** Of the messages that failed for good, in the order in which they did. */
  readonly failures: readonly FlowError[];
}
