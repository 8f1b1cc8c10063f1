import type { FlowError } from '../../errors/flow-error.js';

/** Whoever consumes a whole trace (`flow.stream`), as the trace knows it. */
export interface TraceReader {
  /** The trace failed or was cancelled: told after what was delivered before. */
  fail(error: FlowError): void;
  /** The last message of the trace is gone. */
  end(): void;
}
