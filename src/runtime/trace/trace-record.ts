import type { FlowError } from '../../errors/flow-error.js';
import type { MessageHeaders } from '../../message/headers.js';
import { currentBlock, takeId, traceIdOf, type IdBlock } from '../../message/trace-id.js';
import type { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { TraceSpan } from '../../ports/flow-tracer.js';
import type { TraceLocal } from '../../trace-local/trace-local.js';
import type { Deadline } from './deadline.js';
import type { NodeName } from './deadline-error.js';
import { Envelope } from './envelope.js';
import type { ResultWaiter } from './result-waiter.js';
import type { RunAccount } from './run-account.js';

/** Whoever consumes a whole trace (`flow.stream`), as the trace knows it. */
export interface TraceReader {
  /** It has its final value or a failure, and takes no more. */
  readonly isOver: boolean;
  /** Whether the run is one more of a message that was handed out before, by a carrier. */
  readonly isRedelivered?: boolean;
  /**
   * Looks at a message on its way out, while the attempt that sends it can still fail.
   * @throws what refuses it
   */
  checkLeaving?(
    parcel: { readonly payload: unknown; readonly envelope: Envelope },
    outlets: readonly { readonly leaves?: true }[],
  ): void;
  /** With which attempt the work on a message begins: another process has made those before. */
  firstAttemptOf?(parcel: object): number;
  /**
   * Whether a message goes back to where it came from, instead of waiting here for its next attempt.
   *
   * @param attempt - the one that would follow
   */
  putsOff?(parcel: object, waitMs: number, attempt: number): boolean;
  /** The trace failed or was cancelled: told after what was delivered before. */
  fail(error: FlowError): void;
  /** The last message of the trace is gone. */
  end(): void;
}

/** Something of a run that waits for room, in the list of its run; the fields are the list's own. */
export interface RunWait {
  nextOfRun: RunWait | undefined;
  previousOfRun: RunWait | undefined;
}

/** Times are kept as their distance from here, which is a small integer: docs/performance.md, "fractions". */
const LOADED_MS = Date.now();

/** Runs that began in this process. */
let begun = 0;

/**
 * Everything the runtime knows of one active trace: two counters, and whoever waits for it.
 *
 * It is the envelope of the message that began it, too, and writes its id out when somebody asks for it: a flow may have very
 * many traces that wait, and fewer objects each (docs/performance.md, "old objects").
 */
export class TraceRecord {
  /** Messages that are queued, in flight or waiting at the egress. */
  pending = 0;
  /** Those of them that nobody has taken yet at the egress, or off a stream. */
  untaken = 0;
  /** Messages that a node holds. */
  inflight = 0;
  /** Those of them that wait for a retry. */
  retrying = 0;
  cancelled = false;
  /** A message of it has failed for good. */
  failed = false;
  /** Begun by `call` or `stream`: its results are for the caller and for nobody else. */
  owned = false;
  /** The `call` that waits for its first result. */
  waiter: ResultWaiter<unknown> | undefined;
  /** The `flow.stream` that consumes the trace. */
  reader: TraceReader | undefined;
  /** What of it waits for room. */
  waits: RunWait | undefined;
  /** The slot that took one of its messages last; only a hint where it has several in flight. */
  lastSlot: { readonly host: NodeName } | undefined;
  /** The next chunk number of the stream that has the trace's own id, as nearly all have. */
  chunks = 0;
  /** The next chunk number of each other open stream. */
  streams: Map<string, number> | undefined;
  /** One timer per deadline among its envelopes. */
  deadlines: WheelEntry[] | undefined;
  /** What nodes keep of it: messages for later, and callbacks of those who want to know when it is over. */
  locals: TraceLocal | undefined;
  /** Others go on with it: its end here is none of the run. */
  isLeft = false;
  /** Its last message is gone. */
  ended = false;
  /** Its place among the active traces, -1 when it is none of them; the index's own field. */
  place = -1;
  /** Set while somebody traces the flow. */
  span: TraceSpan | undefined;
  /** Set while somebody is told how runs end. */
  account: RunAccount | undefined;
  /** Counts the runs of the process, from 1. */
  readonly run = ++begun;
  /** The number of the run whose node called it, a playbook's; else 0. */
  parentRun = 0;

  /** The id, or the block it is in until somebody asks for it. */
  #id: string | IdBlock;
  /** Its place in the block; -1 when it is written out. */
  #at: number;
  readonly #sinceLoadedMs: number;

  /**
   * @param emittedMs - wall clock
   * @param id - made for it when left out
   */
  constructor(
    readonly headers: MessageHeaders,
    readonly deadline: Deadline | undefined,
    readonly meta: Readonly<Record<string, unknown>>,
    emittedMs: number,
    id?: string,
  ) {
    this.#at = id === undefined ? takeId() : -1;
    this.#id = id ?? currentBlock();
    this.#sinceLoadedMs = emittedMs - LOADED_MS;
  }

  get id(): string {
    if (this.#at !== -1) {
      this.#id = this.formatId();
      this.#at = -1;
    }
    return this.#id as string;
  }

  /** The id for somebody who may drop it: the trace does not keep it. */
  formatId(): string {
    return this.#at === -1 ? (this.#id as string) : traceIdOf(this.#id as IdBlock, this.#at);
  }

  /** When the message that began it was made, in seconds since the epoch. */
  get ts(): number {
    return (LOADED_MS + this.#sinceLoadedMs) / 1000;
  }

  get trace(): TraceRecord {
    return this;
  }

  get deadlineS(): number | undefined {
    return this.deadline?.deadlineS;
  }

  /** As in an envelope: what begins a trace is a piece of no stream. */
  get piece(): boolean {
    return false;
  }

  /** As in an envelope: that of what a node made of the message that began it. */
  derive(
    headers: MessageHeaders,
    deadline: Deadline | undefined,
    meta: Readonly<Record<string, unknown>>,
    ts: number,
    piece: boolean,
  ): Envelope {
    return new Envelope(this, headers, deadline, meta, ts, piece);
  }

  /** Of the message that began it. */
  get tenant(): string {
    return this.headers.tenant;
  }
}
