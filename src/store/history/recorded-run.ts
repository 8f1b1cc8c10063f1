import {
  FlowError,
  type AttemptStart,
  type LogFields,
  type RunStatus,
  type TraceSpan,
  type TraceStart,
} from '../../index.js';
import type { RunRow, StoredStatus } from '../rows.js';
import { KeptMessages } from './kept-messages.js';
import { RecordedAttempt } from './recorded-attempt.js';
import type { PendingRows } from './row-buffer.js';
import type { RunSource } from './run-source.js';
import { errorText } from './text-of.js';

const NO_FIELDS: LogFields = Object.freeze({});
/** Of attempts that are under way when their run ends without a failure. */
const STOPPED = new FlowError('FLOW_STOPPED', { message: 'the run was over' });

/** A run as history follows it. */
export class RecordedRun implements TraceSpan {
  readonly logFields = NO_FIELDS;
  rowsLeftOut = 0;
  /** What of it waits to be stored; the buffer's own. */
  pending: PendingRows | undefined;
  isOver = false;
  /** Of one that is not recorded: its own row is. */
  isNoted = false;
  readonly startedMs: number;
  readonly parent: RecordedRun | undefined;
  /** Attempts under way. */
  readonly open = new Set<RecordedAttempt>();
  readonly #source: RunSource;
  readonly #start: TraceStart;
  readonly #onEnd: () => void;
  #status: StoredStatus = 'running';
  #endedMs: number | undefined;
  #attempts = 0;
  #retries = 0;
  #events = 0;
  #lines = 0;
  #failure: FlowError | undefined;
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
    onEnd: () => void,
  ) {
    this.#source = source;
    this.#start = start;
    this.parent = parent;
    this.#onEnd = onEnd;
    this.#messages = new KeptMessages(this, source);
    this.startedMs = source.clock.now();
    for (const [name, value] of Object.entries(start.labels)) this.label(name, value);
    source.buffer.note(this);
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

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** The one at the top of those that called each other. */
  get root(): RecordedRun {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** @param idOf - the id of a run */
  row(idOf: (run: RecordedRun) => number): RunRow {
    const { flowName, traceId, tenant, kind, replayOf } = this.#start;
    return {
      runId: idOf(this),
      flow: flowName,
      traceId,
      tenant,
      kind: kind === 'inject' && replayOf !== undefined ? 'replay' : kind,
      status: this.#status,
      startedMs: this.startedMs,
      endedMs: this.#endedMs,
      attempts: this.#attempts,
      retries: this.#retries,
      errorCode: this.#failure?.code,
      errorNode: this.#failure?.nodeName,
      errorMessage: this.#failure === undefined ? undefined : errorText(this.#failure, this.#source.settings.redact),
      plan: this.#source.planHash,
      parentRun: this.parent === undefined ? undefined : idOf(this.parent),
      rootRun: this.parent === undefined ? undefined : idOf(this.root),
      replayOf,
      rowsLeftOut: this.rowsLeftOut,
      part: undefined,
    };
  }

  attempt(start: AttemptStart): RecordedAttempt {
    const attempt = new RecordedAttempt(this, this.#source, ++this.#attempts, start);
    this.open.add(attempt);
    if (start.ctx.attempt > 0) {
      this.#retries++;
      this.event('retry', start.ctx.nodeName, attempt.seq);
    } else this.#messages.sees(start);
    return attempt;
  }

  label(name: string, value: string): void {
    this.#source.buffer.add('labels', this, { name, value }, true);
  }

  event(type: string, node: string | undefined, attemptSeq: number | undefined, detail?: string): void {
    const atMs = this.#source.clock.now();
    this.#source.buffer.add('events', this, { seq: ++this.#events, atMs, type, node, attemptSeq, detail });
  }

  /** A line of its log. */
  line(level: string, logger: string, message: string, node: string | undefined, fields: string | undefined): void {
    const atMs = this.#source.clock.now();
    this.#source.buffer.add('lines', this, { seq: ++this.#lines, atMs, level, logger, message, node, fields });
  }

  attemptFailed(start: AttemptStart): void {
    this.#messages.attemptFailed(start);
  }

  failed(error: FlowError): void {
    this.#failure ??= error;
    this.#messages.failed(error);
    if (this.isShed) this.#source.buffer.note(this);
  }

  end(status: RunStatus | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#status = status ?? 'stopped';
    this.#endedMs = this.#source.clock.now();
    if (status === 'cancelled') this.event('cancel', undefined, undefined);
    for (const attempt of this.open) attempt.end(this.#failure ?? STOPPED);
    this.#messages.forget();
    this.#source.buffer.note(this);
    this.#onEnd();
  }
}
