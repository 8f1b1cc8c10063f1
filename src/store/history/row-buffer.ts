import type { EventRow, LabelRow, LineRow, MessageRow, PayloadRow, PlanRow } from '../rows.js';
import type { RecordedAttempt } from './recorded-attempt.js';
import type { RecordedRun } from './recorded-run.js';

/** A row of a run whose id is not known yet. */
export type Pending<Row> = Omit<Row, 'runId'>;

/** What of a run waits to be stored. */
export interface PendingRows {
  /** Its own row, since it has begun or ended. */
  isDue: boolean;
  readonly labels: Pending<LabelRow>[];
  /** Those that are over. */
  readonly attempts: RecordedAttempt[];
  readonly messages: Pending<MessageRow>[];
  readonly payloads: Pending<PayloadRow>[];
  readonly events: Pending<EventRow>[];
  readonly lines: Pending<LineRow>[];
}

/** Tables of rows that are given as such. */
export type RowTable = Exclude<keyof PendingRows, 'isDue' | 'attempts'>;

/** A share of the room that is kept for starts, ends and failures. */
const RESERVE = 1 / 16;

/** What is counted of it. */
export interface BufferCounts {
  /** Runs that were not recorded, because the store is slower than the flow. */
  shedTraces: number;
  /** Rows of recorded runs for which there was no room. */
  rowsLeftOut: number;
  /** Payloads for which there was no room. */
  payloadsLeftOut: number;
}

/** What waits to be stored: each run has its own, and the buffer bounds all of it. */
export class RowBuffer {
  readonly counts: BufferCounts = { shedTraces: 0, rowsLeftOut: 0, payloadsLeftOut: 0 };
  readonly plans: PlanRow[] = [];
  /** Called when something waits. */
  onFilled: () => void = () => {};
  /** Runs of which something waits. */
  #runs = new Set<RecordedRun>();
  readonly #maxRows: number;
  readonly #maxPayloadBytes: number;
  #count = 0;
  #payloadBytes = 0;
  /** On their way to the store. */
  #sent = 0;
  #sentBytes = 0;

  constructor(maxRows: number, maxPayloadBytes: number) {
    this.#maxRows = maxRows;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Rows that wait or are on their way. */
  get size(): number {
    return this.#count + this.#sent;
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0 && this.plans.length === 0;
  }

  /** Whether a new run may be recorded whole. */
  get takesRuns(): boolean {
    return this.size < this.#maxRows / 2;
  }

  /** A run has begun, or ended. */
  note(run: RecordedRun): void {
    if (run.isShed && !this.#keepsShed(run)) return;
    const rows = this.#rowsOf(run);
    if (!rows.isDue) this.#count++;
    rows.isDue = true;
  }

  /**
   * Adds a row of a run.
   * @param matters - it may use the reserve
   */
  add<Table extends RowTable>(
    table: Table,
    run: RecordedRun,
    row: PendingRows[Table][number],
    matters = false,
  ): boolean {
    // Messages, events and lines go before attempts.
    if (!this.#hasRoom(run, matters ? 1 : 1 - 2 * RESERVE)) return false;
    (this.#rowsOf(run)[table] as (typeof row)[]).push(row);
    return true;
  }

  /** Adds an attempt that is over. */
  addAttempt(run: RecordedRun, attempt: RecordedAttempt, hasFailed: boolean): void {
    if (this.#hasRoom(run, hasFailed ? 1 : 1 - RESERVE)) this.#rowsOf(run).attempts.push(attempt);
  }

  /** Adds a payload, if there is room for its bytes. */
  addPayload(run: RecordedRun, row: Pending<PayloadRow>): boolean {
    if (!run.isShed && this.#payloadBytes + this.#sentBytes + row.bytes.length > this.#maxPayloadBytes) {
      this.counts.payloadsLeftOut++;
      return false;
    }
    if (!this.add('payloads', run, row, true)) return false;
    this.#payloadBytes += row.bytes.length;
    return true;
  }

  /** Takes all that waits off, by run in the order of their numbers; `settled` says that it is stored. */
  take(): readonly RecordedRun[] {
    const runs = [...this.#runs].sort((one, other) => one.number - other.number);
    this.#runs = new Set();
    this.#sent += this.#count;
    this.#sentBytes += this.#payloadBytes;
    this.#count = this.#payloadBytes = 0;
    return runs;
  }

  settled(): void {
    this.#sent = this.#sentBytes = 0;
  }

  /** Whether the row of a run that is not recorded is kept: it failed, and the reserve had room for it. */
  #keepsShed(run: RecordedRun): boolean {
    if (run.hasFailed && !run.isNoted && this.size >= this.#maxRows) {
      if (run.isOver) this.counts.rowsLeftOut++;
      return false;
    }
    run.isNoted = run.hasFailed;
    return run.isNoted;
  }

  #hasRoom(run: RecordedRun, share: number): boolean {
    if (!run.isShed && this.size < this.#maxRows * share) {
      this.#count++;
      return true;
    }
    if (!run.isShed) this.counts.rowsLeftOut++;
    run.rowsLeftOut++;
    return false;
  }

  #rowsOf(run: RecordedRun): PendingRows {
    if (run.pending === undefined) {
      run.pending = { isDue: false, labels: [], attempts: [], messages: [], payloads: [], events: [], lines: [] };
      this.#runs.add(run);
      if (this.#runs.size === 1) this.onFilled();
    }
    return run.pending;
  }
}
