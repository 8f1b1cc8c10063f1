import {
  FlowError,
  type AttemptStart,
  type LogFields,
  type RunStatus,
  type TraceSpan,
  type TraceStart,
} from '../../index.js';
import { RUN } from '../packed-batch.js';
import type { StoredStatus } from '../rows.js';
import { KINDS, STATUSES } from '../sql/codes.js';
import { KeptMessages } from './kept-messages.js';
import { RecordedAttempt } from './recorded-attempt.js';
import type { Texts } from './row-chunk.js';
import type { RunSource } from './run-source.js';
import { errorText } from './text-of.js';

const NO_FIELDS: LogFields = Object.freeze({});
/** Age from which the counts of a run under way are written again, in milliseconds. */
const STALE_MS = 1_000;
/** Of attempts that are under way when their run ends without a failure. */
const STOPPED = new FlowError('FLOW_STOPPED', { message: 'the run was over' });

/** Whoever wants to know that a run has ended. */
export interface RunEndListener {
  ended(runId: number): void;
}

/** A run as history follows it. */
export class RecordedRun implements TraceSpan {
  rowsLeftOut = 0;
  /** Where its row is, and in which chunk; the buffer's own. */
  place = -1;
  chunk = -1;
  isOver = false;
  /** The row that says so is on its way. */
  isEndTold = false;
  readonly parent: RecordedRun | undefined;
  /** The first of its attempts that are under way. */
  firstOpen: RecordedAttempt | undefined;
  #lastOpen: RecordedAttempt | undefined;
  readonly #source: RunSource;
  readonly #start: TraceStart;
  readonly #onEnd: RunEndListener;
  #status: StoredStatus = 'running';
  #endedMs = Number.NaN;
  #attempts = 0;
  #retries = 0;
  #events = 0;
  #lines = 0;
  #failure: FlowError | undefined;
  /** What its row says, and when that was written because it was old. */
  #toldAttempts = 0;
  #toldFailure = false;
  #toldMs: number;
  readonly #messages: KeptMessages;

  /**
   * @param number - of the runner, from 1
   * @param onEnd - called once
   */
  constructor(
    readonly number: number,
    source: RunSource,
    start: TraceStart,
    parent: RecordedRun | undefined,
    /** Nothing is kept of it, but its own row if it fails. */
    readonly isShed: boolean,
    onEnd: RunEndListener,
  ) {
    this.#source = source;
    this.#start = start;
    this.parent = parent;
    this.#onEnd = onEnd;
    this.#messages = new KeptMessages(this, source);
    this.#toldMs = start.startedMs;
    if (!isShed) source.buffer.begun(this);
    for (const name in start.labels) this.label(name, start.labels[name]!);
  }

  get logFields(): LogFields {
    return NO_FIELDS;
  }

  get flow(): string {
    return this.#start.flowName;
  }

  get traceId(): string {
    return this.#start.traceId;
  }

  get tenant(): string {
    return this.#start.tenant;
  }

  get redact(): (value: unknown) => unknown {
    return this.#source.settings.redact;
  }

  /** The one at the top of those that called each other. */
  get root(): RecordedRun {
    return this.parent === undefined ? this : this.parent.root;
  }

  nowMs(): number {
    return this.#source.clock.now();
  }

  /** Whether its row is to be written again while it is under way: it has failed, or it is old and not what it was. */
  isStale(nowMs: number): boolean {
    const isOld = this.#toldAttempts !== this.#attempts && nowMs - this.#toldMs >= STALE_MS;
    if (isOld) this.#toldMs = nowMs;
    return isOld || this.#toldFailure !== (this.#failure !== undefined);
  }

  /** Writes its row into columns: what does not change. */
  writeTo(columns: Float64Array, at: number, texts: Texts): void {
    const { flowName, traceId, tenant, kind, replayOf, startedMs, part } = this.#start;
    const rootId = part?.root ?? this.#start.root;
    columns[at + RUN.number] = this.number;
    columns[at + RUN.flow] = texts.word(flowName);
    columns[at + RUN.traceId] = texts.text(traceId);
    columns[at + RUN.tenant] = texts.word(tenant);
    columns[at + RUN.kind] = KINDS.find(kind === 'inject' && replayOf !== undefined ? 'replay' : kind)!;
    columns[at + RUN.startedMs] = startedMs;
    columns[at + RUN.plan] = texts.word(this.#source.planHash);
    columns[at + RUN.parent] = this.parent?.number ?? Number.NaN;
    columns[at + RUN.root] = this.parent?.root.number ?? Number.NaN;
    columns[at + RUN.replayOf] = replayOf ?? Number.NaN;
    columns[at + RUN.rootId] = rootId === undefined ? Number.NaN : texts.text(rootId);
    columns[at + RUN.arrivalId] = part === undefined ? Number.NaN : texts.text(part.arrivalId);
    columns[at + RUN.group] = texts.word(part?.group);
    columns[at + RUN.workerId] = texts.word(part?.workerId);
    columns[at + RUN.redelivered] = part?.redelivered === true ? 1 : 0;
    this.writeStateTo(columns, at, texts);
  }

  /** Writes into its row how it stands. */
  writeStateTo(columns: Float64Array, at: number, texts: Texts): void {
    const failure = this.#failure;
    this.#toldAttempts = this.#attempts;
    this.#toldFailure = failure !== undefined;
    columns[at + RUN.status] = STATUSES.find(this.#status)!;
    columns[at + RUN.endedMs] = this.#endedMs;
    columns[at + RUN.attempts] = this.#attempts;
    columns[at + RUN.retries] = this.#retries;
    columns[at + RUN.rowsLeftOut] = this.rowsLeftOut;
    columns[at + RUN.errorCode] = texts.word(failure?.code);
    columns[at + RUN.errorNode] = texts.word(failure?.nodeName);
    columns[at + RUN.errorMessage] = failure === undefined ? Number.NaN : texts.text(errorText(failure, this.redact));
  }

  attempt(start: AttemptStart): RecordedAttempt {
    const attempt = new RecordedAttempt(this, ++this.#attempts, start);
    if (this.#lastOpen === undefined) this.firstOpen = attempt;
    else {
      attempt.previous = this.#lastOpen;
      this.#lastOpen.next = attempt;
    }
    this.#lastOpen = attempt;
    if (start.ctx.attempt > 0) {
      this.#retries++;
      this.event('retry', start.ctx.nodeName, attempt.seq);
    } else this.#messages.sees(start);
    this.#source.buffer.wake();
    return attempt;
  }

  /** @param failed - of one that failed */
  attemptEnded(attempt: RecordedAttempt, failed: AttemptStart | undefined): void {
    const { previous, next } = attempt;
    if (previous === undefined) this.firstOpen = next;
    else previous.next = next;
    if (next === undefined) this.#lastOpen = previous;
    else next.previous = previous;
    // Whoever holds it does not hold those that were beside it.
    attempt.previous = attempt.next = undefined;
    if (failed !== undefined) this.#messages.attemptFailed(failed);
    this.#source.buffer.addAttempt(this, attempt, failed !== undefined);
  }

  label(name: string, value: string): void {
    this.#source.buffer.add('labels', this, { name, value }, true);
  }

  event(type: string, node: string | undefined, attemptSeq: number | undefined, detail?: string): void {
    const atMs = this.nowMs();
    this.#source.buffer.add('events', this, { seq: ++this.#events, atMs, type, node, attemptSeq, detail });
  }

  /** A line of its log. */
  line(level: string, logger: string, message: string, node: string | undefined, fields: string | undefined): void {
    const atMs = this.nowMs();
    this.#source.buffer.add('lines', this, { seq: ++this.#lines, atMs, level, logger, message, node, fields });
  }

  failed(error: FlowError): void {
    const isFirst = this.#failure === undefined;
    this.#failure ??= error;
    this.#messages.failed(error);
    if (this.isShed && isFirst) this.#source.buffer.begun(this);
  }

  end(status: RunStatus | undefined, endedMs: number = this.nowMs()): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#status = status ?? 'stopped';
    this.#endedMs = endedMs;
    if (status === 'cancelled') this.event('cancel', undefined, undefined);
    while (this.firstOpen !== undefined) this.firstOpen.end(this.#failure ?? STOPPED, endedMs);
    this.#messages.forget();
    if (!this.isShed || this.#failure !== undefined) this.#source.buffer.ended(this);
    this.#onEnd.ended(this.#start.runId);
  }
}
