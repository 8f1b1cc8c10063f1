import type { AttemptSpan, TraceSpan } from '../../ports/flow-tracer.js';

const NO_FIELDS = Object.freeze({});

const NO_ATTEMPT: AttemptSpan = Object.freeze({
  logFields: NO_FIELDS,
  end: () => {},
});

/** Of a run whose messages are followed for the sake of their keys, and by nobody else. */
export const NO_SPAN: TraceSpan = Object.freeze({
  logFields: NO_FIELDS,
  attempt: () => NO_ATTEMPT,
  failed: () => {},
  end: () => {},
});
