import type {
  AttemptSpan,
  AttemptStart,
  Clock,
  FlowError,
  FlowPlan,
  LogFields,
  Message,
  TracedMessage,
  TraceSpan,
  TraceStart,
  RunStatus,
} from '../../index.js';
import { FlowError as FlowErrorClass } from '../../index.js';
import type { AttemptOutcome, AttemptRow, RunRow, StoredStatus } from '../rows.js';
import type { HistorySettings } from './history-options.js';
import { encodePayload } from './payload-codec.js';
import type { RowBuffer } from './row-buffer.js';
import { errorText, jsonOf, previewOf, storable, typeOf } from './text-of.js';

const NO_FIELDS: LogFields = Object.freeze({});
/** Messages from outside that are kept of a run in case it fails. */
const MOST_INGRESS = 16;

/** What the runs of a flow are recorded with. */
export interface RunSource {
  readonly plan: FlowPlan;
  readonly planHash: string;
  readonly clock: Clock;
  readonly buffer: RowBuffer;
  readonly settings: HistorySettings;
}

/** A message, and where it went. */
interface SeenMessage {
  readonly sent: TracedMessage;
  readonly message: Message;
  readonly node: string;
}

/** A run as history follows it. */
export class RecordedRun implements TraceSpan {
  readonly logFields = NO_FIELDS;
  rowsLeftOut = 0;
  /** Its row is in the store, or in a batch before. */
  isWritten = false;
  isOver = false;
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
  #ingress: SeenMessage[] | undefined;
  readonly #keptMessages = new Set<number>();
  /** The attempt that failed last. */
  #failed: RecordedAttempt | undefined;

  /**
   * @param number - of the runner, from 1
   * @param onEnd - called once
   */
  constructor(
    readonly number: number,
    source: RunSource,
    start: TraceStart,
    parent: RecordedRun | undefined,
    onEnd: () => void,
  ) {
    this.#source = source;
    this.#start = start;
    this.parent = parent;
    this.#onEnd = onEnd;
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

  /** The one at the top of those that called each other. */
  get root(): RecordedRun {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** Whether it is found under another number than it began with, since its runner is another. */
  row(idOf: (run: RecordedRun) => number): RunRow {
    const { flowName, traceId, tenant, kind, replayOf } = this.#start;
    return {
      runId: idOf(this),
      flow: storable(flowName),
      traceId: storable(traceId),
      tenant: storable(tenant),
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
    } else this.#sees(start);
    return attempt;
  }

  label(name: string, value: string): void {
    const row = { run: this, name: storable(name), value: storable(value) };
    this.#source.buffer.add('labels', row, true);
  }

  event(type: string, node: string | undefined, attemptSeq: number | undefined, detail?: string): void {
    const atMs = this.#source.clock.now();
    this.#source.buffer.add('events', { run: this, seq: ++this.#events, atMs, type, node, attemptSeq, detail });
  }

  /** A line of its log. */
  line(level: string, logger: string, message: string, node: string | undefined, fields: string | undefined): void {
    const atMs = this.#source.clock.now();
    this.#source.buffer.add('lines', { run: this, seq: ++this.#lines, atMs, level, logger, message, node, fields });
  }

  attemptFailed(attempt: RecordedAttempt): void {
    this.#failed = attempt;
  }

  failed(error: FlowError): void {
    this.#failure ??= error;
    if (this.#source.settings.payloads !== 'failed') return;
    // As they are now: a node may have changed them.
    for (const seen of this.#ingress ?? []) this.#keep(seen, this.#source.settings);
    this.#ingress = undefined;
    const failed = this.#failed;
    if (failed !== undefined && failed.nodeName === error.nodeName) this.#keep(failed.seen, this.#source.settings);
    this.#failed = undefined;
  }

  end(status: RunStatus | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#status = status ?? 'stopped';
    this.#endedMs = this.#source.clock.now();
    if (status === 'cancelled') this.event('cancel', undefined, undefined);
    for (const attempt of this.open) attempt.end(this.#failure ?? STOPPED);
    this.#ingress = undefined;
    this.#failed = undefined;
    this.#source.buffer.note(this);
    this.#onEnd();
  }

  #sees({ message: sent, ctx }: AttemptStart): void {
    const { settings } = this.#source;
    const isIngress = sent.from === undefined;
    if (settings.payloads === 'none' || (settings.payloads !== 'all' && !isIngress)) return;
    const seen = { sent, message: ctx.message, node: ctx.nodeName };
    if (settings.payloads === 'failed') {
      this.#ingress ??= [];
      if (this.#ingress.length < MOST_INGRESS) this.#ingress.push(seen);
    } else this.#keep(seen, settings);
  }

  /** Writes a message down, once. */
  #keep({ sent, message, node }: SeenMessage, { redact, seal, maxPayloadBytes, payloads }: HistorySettings): void {
    if (this.#keptMessages.has(sent.number)) return;
    this.#keptMessages.add(sent.number);
    const { buffer, plan } = this.#source;
    const messageId = String(sent.number);
    const mayKeep = plan.nodes.find(({ name }) => name === node)?.keepPayload !== false;
    let notKept = mayKeep ? undefined : `node "${node}" says \`keepPayload: false\``;
    if (mayKeep) {
      try {
        const bytes = encodePayload(keptMessage(message, sent.payload, sent.keyAt(node)), maxPayloadBytes);
        const kept = buffer.addPayload({ run: this, messageId, bytes: seal === undefined ? bytes : seal.seal(bytes) });
        if (!kept) notKept = 'there was no memory for it';
      } catch (error) {
        notKept = storable(errorText(error, redact));
      }
    }
    const { deadlineS, meta } = message;
    // What is under seal is not shown beside it.
    const shows = mayKeep && seal === undefined && (payloads !== 'ingress' || this.#failure !== undefined);
    buffer.add(
      'messages',
      {
        run: this,
        messageId,
        from: sent.from,
        node,
        type: typeOf(sent.payload),
        deadlineMs: deadlineS === undefined ? undefined : deadlineS * 1000,
        meta: Object.keys(meta).length === 0 ? undefined : jsonOf(meta, redact),
        preview: shows ? previewOf(sent.payload, redact) : undefined,
        notKept,
      },
      true,
    );
  }
}

/** A message with all that a replay needs. */
export interface KeptMessage {
  readonly payload: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly topic: string | undefined;
  readonly priority: number;
  /** Of the node's work on it. */
  readonly key: string;
}

function keptMessage({ meta, headers }: Message, payload: unknown, key: string): KeptMessage {
  return { payload, meta, topic: headers.topic, priority: headers.priority, key };
}

const STOPPED = new FlowErrorClass('FLOW_STOPPED', { message: 'the run was over' });

/** An attempt as history follows it. */
export class RecordedAttempt implements AttemptSpan {
  readonly logFields = NO_FIELDS;
  readonly startedMs: number;
  readonly #run: RecordedRun;
  readonly #source: RunSource;
  readonly #start: AttemptStart;
  readonly #parentSeq: number | undefined;
  #isOver = false;
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

  get nodeName(): string {
    return this.#start.ctx.nodeName;
  }

  get seen(): SeenMessage {
    const { ctx, message } = this.#start;
    return { sent: message, message: ctx.message, node: ctx.nodeName };
  }

  run<R>(body: () => R): R {
    return body();
  }

  emitted(): void {}

  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#run.open.delete(this);
    if (error !== undefined) this.#run.attemptFailed(this);
    this.#source.buffer.add('attempts', this.row(this.#source.clock.now(), error), error !== undefined);
  }

  /** Its row while it is under way, once. */
  running(): ReturnType<RecordedAttempt['row']>[] {
    if (this.#isTold) return [];
    this.#isTold = true;
    return [this.row(undefined)];
  }

  /** @param endedMs - undefined while it is under way */
  row(endedMs: number | undefined, error?: unknown): Omit<AttemptRow, 'runId'> & { readonly run: RecordedRun } {
    const { ctx, message, queuedIn } = this.#start;
    const outcome = endedMs === undefined ? 'running' : outcomeOf(error);
    return {
      run: this.#run,
      seq: this.seq,
      node: ctx.nodeName,
      attempt: ctx.attempt,
      parentSeq: this.#parentSeq,
      messageId: String(message.number),
      sentMs: message.sentMs,
      startedMs: this.startedMs,
      endedMs,
      outcome,
      queuedIn,
      errorCode: FlowErrorClass.is(error) ? error.code : error === undefined ? undefined : 'NODE_EXCEPTION',
      error: error === undefined ? undefined : errorText(error, this.#source.settings.redact),
    };
  }
}

function outcomeOf(error: unknown): AttemptOutcome {
  if (error === undefined) return 'succeeded';
  if (!FlowErrorClass.is(error)) return 'failed';
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
