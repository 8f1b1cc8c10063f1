import type { LogFields } from '../../ports/flow-log.js';
import type { AttemptSpan, FlowTracer, TraceSpan } from '../../ports/flow-tracer.js';

/** Has events and lines of a part of a run say whose part it is, and where it ran. */
export const PART_TRACER: FlowTracer = {
  startTrace({ part, root: ofAll }) {
    if (ofAll !== undefined) return new PartSpan({ root: ofAll });
    if (part === undefined) return undefined;
    const { root, workerId, redelivered } = part;
    return new PartSpan({ root, worker_id: workerId, redelivered });
  },
};

class PartSpan implements TraceSpan {
  readonly logFields: LogFields;
  readonly #attempt: AttemptSpan;

  constructor(logFields: LogFields) {
    this.logFields = logFields;
    this.#attempt = { logFields, end: () => {} };
  }

  attempt(): AttemptSpan {
    return this.#attempt;
  }

  failed(): void {}

  end(): void {}
}
