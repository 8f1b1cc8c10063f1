import { FlowError, type AttemptSpan, type AttemptStart, type LogFields } from '../../index.js';
import { ATTEMPT } from '../packed-batch.js';
import type { AttemptOutcome } from '../rows.js';
import { OUTCOMES, RUNNING, SUCCEEDED } from '../sql/codes.js';
import type { RecordedRun } from './recorded-run.js';
import type { Texts } from './row-chunk.js';
import { errorText } from './text-of.js';

const NO_FIELDS: LogFields = Object.freeze({});

/** An attempt as history follows it. */
export class RecordedAttempt implements AttemptSpan {
  /** Those of its run that are under way, in the order in which they began. */
  previous: RecordedAttempt | undefined;
  next: RecordedAttempt | undefined;
  /** The store knows that it is under way. */
  isTold = false;
  readonly #run: RecordedRun;
  readonly #start: AttemptStart;
  #endedMs = Number.NaN;
  #error: unknown;

  constructor(
    run: RecordedRun,
    /** Counts those of the run, from 1. */
    readonly seq: number,
    start: AttemptStart,
  ) {
    this.#run = run;
    this.#start = start;
  }

  get startedMs(): number {
    return this.#start.startedMs;
  }

  get logFields(): LogFields {
    return NO_FIELDS;
  }

  end(error?: unknown, endedMs: number = this.#run.nowMs()): void {
    if (!Number.isNaN(this.#endedMs)) return;
    this.#endedMs = endedMs;
    this.#error = error;
    this.#run.attemptEnded(this, error === undefined ? undefined : this.#start);
  }

  /** Writes its row into columns. */
  writeTo(columns: Float64Array, at: number, texts: Texts): void {
    const { ctx, message, queuedIn, sender } = this.#start;
    const error = this.#error;
    columns[at + ATTEMPT.run] = this.#run.number;
    columns[at + ATTEMPT.seq] = this.seq;
    columns[at + ATTEMPT.node] = texts.word(ctx.nodeName);
    columns[at + ATTEMPT.attempt] = ctx.attempt;
    columns[at + ATTEMPT.parentSeq] = sender instanceof RecordedAttempt ? sender.seq : Number.NaN;
    columns[at + ATTEMPT.message] = message.number;
    columns[at + ATTEMPT.sentMs] = message.sentMs;
    columns[at + ATTEMPT.startedMs] = this.startedMs;
    columns[at + ATTEMPT.endedMs] = this.#endedMs;
    columns[at + ATTEMPT.queuedIn] = queuedIn;
    columns[at + ATTEMPT.outcome] = Number.isNaN(this.#endedMs) ? RUNNING : SUCCEEDED;
    columns[at + ATTEMPT.errorCode] = columns[at + ATTEMPT.error] = Number.NaN;
    if (error === undefined) return;
    columns[at + ATTEMPT.outcome] = OUTCOMES.find(outcomeOf(error))!;
    columns[at + ATTEMPT.errorCode] = texts.word(FlowError.is(error) ? error.code : 'NODE_EXCEPTION');
    columns[at + ATTEMPT.error] = texts.text(errorText(error, this.#run.redact));
  }
}

function outcomeOf(error: unknown): AttemptOutcome {
  if (!FlowError.is(error)) return 'failed';
  switch (error.code) {
    case 'NODE_TIMEOUT':
    case 'DEADLINE_EXCEEDED':
      return 'timeout';
    case 'TRACE_CANCELLED':
    case 'FLOW_STOPPED':
      return 'cancelled';
    default:
      return 'failed';
  }
}
