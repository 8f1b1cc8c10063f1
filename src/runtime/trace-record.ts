import type { WheelEntry } from '../policy/timer-wheel.js';
import type { TraceSpan } from '../ports/flow-tracer.js';
import type { KeptOfTrace } from '../ports/kept-of-trace.js';
import type { ResultWaiter } from './result-waiter.js';
import type { TraceReader } from './trace-reader.js';

/** Everything the runtime knows of one active trace: two counters and who waits for it. */
export class TraceRecord {
  /** Messages that are queued, in flight or waiting at the egress. */
  pending = 0;
  /** Messages that a node holds. */
  inflight = 0;
  cancelled = false;
  /** Started by `call`: its results are for the caller and for nobody else. */
  owned = false;
  /** Who waits for a result of this trace, first come first served. */
  waiters: ResultWaiter<unknown>[] | undefined;
  /** The `flow.stream` that consumes the trace. */
  reader: TraceReader | undefined;
  /** The next chunk number of the stream that has the trace's own id, as nearly all have. */
  chunks = 0;
  /** The next chunk number of each other open stream. */
  streams: Map<string, number> | undefined;
  /** One timer per deadline among its envelopes. */
  deadlines: WheelEntry[] | undefined;
  /** What nodes keep of it: messages for later, and who wants to know when it is over. */
  kept: KeptOfTrace | undefined;
  /** Its last message is gone. */
  ended = false;
  /** Neighbours among the active traces, and whether it can be found by its id; the index's own fields. */
  previous: TraceRecord | undefined;
  next: TraceRecord | undefined;
  filed = false;
  /** Set while somebody traces the flow. */
  span: TraceSpan | undefined;

  constructor(
    readonly id: string,
    readonly tenant: string,
  ) {}
}
