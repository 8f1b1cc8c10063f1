import { FlowError, type AttemptSpan, type AttemptStart, type LogFields } from '../../index.js';
import type { AttemptOutcome, AttemptRow } from '../rows.js';
import type { RecordedRun } from './recorded-run.js';
import type { RunSource } from './run-source.js';
import { errorText } from './text-of.js';

const NO_FIELDS: LogFields = Object.freeze({});

/** An attempt as history follows it. */
export class RecordedAttempt implements AttemptSpan {
  readonly logFields = NO_FIELDS;
  readonly startedMs: number;
  readonly #run: RecordedRun;
  readonly #source: RunSource;
  readonly #start: AttemptStart;
  readonly #parentSeq: number | undefined;
  #endedMs: number | undefined;
  #error: unknown;
  #isTold = false;

  constructor(
    run: RecordedRun,
    source: RunSource,
    /** Counts those of the run, from 1. */
    readonly seq: number,
    start: AttemptStart,
  ) {
    this.#run = run;
    this.#source = source;
    this.#start = start;
    this.#parentSeq = start.sender instanceof RecordedAttempt ? start.sender.seq : undefined;
    this.startedMs = source.clock.now();
  }

  run<R>(body: () => R): R {
    return body();
  }

  emitted(): void {}

  end(error?: unknown): void {
    if (this.#endedMs !== undefined) return;
    this.#endedMs = this.#source.clock.now();
    this.#error = error;
    this.#run.open.delete(this);
    if (error !== undefined) this.#run.attemptFailed(this.#start);
    this.#source.buffer.addAttempt(this.#run, this, error !== undefined);
  }

  /** Its row while it is under way, once. */
  running(runId: number): AttemptRow | undefined {
    if (this.#isTold) return undefined;
    this.#isTold = true;
    return this.row(runId);
  }

  row(runId: number): AttemptRow {
    const { ctx, message, queuedIn } = this.#start;
    const error = this.#error;
    return {
      runId,
      seq: this.seq,
      node: ctx.nodeName,
      attempt: ctx.attempt,
      parentSeq: this.#parentSeq,
      messageId: String(message.number),
      sentMs: message.sentMs,
      startedMs: this.startedMs,
      endedMs: this.#endedMs,
      outcome: this.#endedMs === undefined ? 'running' : outcomeOf(error),
      queuedIn,
      errorCode: FlowError.is(error) ? error.code : error === undefined ? undefined : 'NODE_EXCEPTION',
      error: error === undefined ? undefined : errorText(error, this.#source.settings.redact),
    };
  }
}

function outcomeOf(error: unknown): AttemptOutcome {
  if (error === undefined) return 'succeeded';
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
