import type { FlowError } from '../../errors/flow-error.js';
import type { MessageHeaders } from '../../message/headers.js';
import { idBeginning, takeEnding, traceIdOf } from '../../message/trace-id.js';
import type { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { TraceSpan } from '../../ports/flow-tracer.js';
import type { TraceLocal } from '../../trace-local/trace-local.js';
import type { ResultWaiter } from './result-waiter.js';

/** Whoever consumes a whole trace (`flow.stream`), as the trace knows it. */
export interface TraceReader {
  /** The trace failed or was cancelled: told after what was delivered before. */
  fail(error: FlowError): void;
  /** The last message of the trace is gone. */
  end(): void;
}

/** Times are kept as their distance from here, which is a small integer: docs/performance.md, "fractions". */
const LOADED_MS = Date.now();

/**
 * Everything the runtime knows of one active trace: two counters and who waits for it.
 *
 * It is the envelope of the message that began it, too, and writes its id out when somebody asks for it: a flow may have very
 * many traces that wait, and fewer objects each (docs/performance.md, "old objects").
 */
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
  locals: TraceLocal | undefined;
  /** Its last message is gone. */
  ended = false;
  /** Its place among the active traces, -1 when it is none of them; the index's own field. */
  place = -1;
  /** Set while somebody traces the flow. */
  span: TraceSpan | undefined;

  /** The id; all of it but its last two digits, until somebody asks for it. */
  #digits: string;
  /** Those two as a number; -1 when the id is written out. */
  #ending: number;
  readonly #sinceLoadedMs: number;

  /**
   * @param emittedMs - wall clock
   * @param id - made for it when left out
   */
  constructor(
    readonly headers: MessageHeaders,
    readonly deadlineS: number | undefined,
    readonly meta: Readonly<Record<string, unknown>>,
    emittedMs: number,
    id?: string,
  ) {
    this.#ending = id === undefined ? takeEnding() : -1;
    this.#digits = id ?? idBeginning();
    this.#sinceLoadedMs = emittedMs - LOADED_MS;
  }

  get id(): string {
    if (this.#ending !== -1) {
      this.#digits = this.formatId();
      this.#ending = -1;
    }
    return this.#digits;
  }

  /** The id for somebody who may drop it: the trace does not keep it. */
  formatId(): string {
    return this.#ending === -1 ? this.#digits : traceIdOf(this.#digits, this.#ending);
  }

  /** When the message that began it was made, in seconds since the epoch. */
  get ts(): number {
    return (LOADED_MS + this.#sinceLoadedMs) / 1000;
  }

  get trace(): TraceRecord {
    return this;
  }

  /** As in an envelope: what begins a trace is a piece of no stream. */
  get piece(): boolean {
    return false;
  }

  /** Of the message that began it. */
  get tenant(): string {
    return this.headers.tenant;
  }
}
