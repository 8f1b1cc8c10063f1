import type { Headers } from '../message/headers.js';
import type { WheelEntry } from '../policy/timer-wheel.js';
import type { TraceSpan } from '../ports/flow-tracer.js';
import type { ResultWaiter } from './result-waiter.js';
import type { TraceReader } from './trace-reader.js';

/**
 * Everything the runtime knows of one active trace: two counters and who waits for it.
 *
 * It is the envelope of the message that began it, too: most traces have no other, and two objects per message cost more
 * than one.
 */
export class TraceRecord {
  readonly trace: TraceRecord = this;
  readonly piece: boolean = false;
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
  /** Nodes that want to know when it is over. */
  endCallbacks: (() => void)[] | undefined;
  /** Messages that nodes keep for later; while there is one, the trace is not over. */
  holds: { readonly deadlineS: number | undefined }[] | undefined;
  /** Its last message is gone. */
  ended = false;
  /** Its place among the active traces, -1 when it is none of them; the index's own field. */
  place = -1;
  /** Set while somebody traces the flow. */
  span: TraceSpan | undefined;

  constructor(
    readonly id: string,
    readonly headers: Headers,
    readonly deadlineS: number | undefined,
    readonly meta: Readonly<Record<string, unknown>>,
    readonly ts: number,
  ) {}

  /** Of the message that began it. */
  get tenant(): string {
    return this.headers.tenant;
  }
}
