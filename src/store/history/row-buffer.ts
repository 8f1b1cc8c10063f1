import type { AttemptRow, EventRow, LabelRow, LineRow, MessageRow, PayloadRow, PlanRow } from '../rows.js';
import type { RecordedRun } from './recorded-run.js';

/** Rows of runs by table, whose run ids are numbers of the runner until a batch is made of them. */
export interface PendingRows {
  labels: Pending<LabelRow>[];
  attempts: Pending<AttemptRow>[];
  messages: Pending<MessageRow>[];
  payloads: Pending<PayloadRow>[];
  events: Pending<EventRow>[];
  lines: Pending<LineRow>[];
}

/** A row whose run is known, and not yet its id. */
export type Pending<Row> = Omit<Row, 'runId'> & { readonly run: RecordedRun };

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

/** What waits to be stored. */
export class RowBuffer {
  readonly counts: BufferCounts = { shedTraces: 0, rowsLeftOut: 0, payloadsLeftOut: 0 };
  /** Runs whose row is to be written: they have begun, or ended. */
  readonly runs = new Set<RecordedRun>();
  readonly plans: PlanRow[] = [];
  /** Called when something waits again. */
  onFilled: () => void = () => {};
  rows: PendingRows = noRows();
  readonly #maxRows: number;
  readonly #maxPayloadBytes: number;
  #count = 0;
  #payloadBytes = 0;
  /** In a batch that is on its way. */
  #sent = 0;
  #sentBytes = 0;

  constructor(maxRows: number, maxPayloadBytes: number) {
    this.#maxRows = maxRows;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Rows that wait or are on their way. */
  get size(): number {
    return this.#count + this.#sent + this.runs.size;
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.runs.size === 0 && this.plans.length === 0;
  }

  /** Whether a new run may be recorded whole. */
  get takesRuns(): boolean {
    return this.size < this.#maxRows / 2;
  }

  /** A run has begun, or ended. */
  note(run: RecordedRun): void {
    this.runs.add(run);
    this.onFilled();
  }

  /**
   * Adds a row of a run.
   * @param matters - it may use the reserve
   */
  add<Table extends keyof PendingRows>(table: Table, row: PendingRows[Table][number], matters = false): boolean {
    // Messages, events and lines go before attempts.
    const share = matters ? 1 : table === 'attempts' ? 1 - RESERVE : 1 - 2 * RESERVE;
    if (this.size >= this.#maxRows * share) {
      this.counts.rowsLeftOut++;
      row.run.rowsLeftOut++;
      return false;
    }
    (this.rows[table] as (typeof row)[]).push(row);
    this.#count++;
    this.onFilled();
    return true;
  }

  /** Adds a payload, if there is room for its bytes. */
  addPayload(row: Pending<PayloadRow>): boolean {
    if (this.#payloadBytes + this.#sentBytes + row.bytes.length > this.#maxPayloadBytes) {
      this.counts.payloadsLeftOut++;
      return false;
    }
    if (!this.add('payloads', row, true)) return false;
    this.#payloadBytes += row.bytes.length;
    return true;
  }

  /** Takes all rows off for a batch; `settled` says that it is stored. */
  take(): PendingRows {
    const { rows } = this;
    this.rows = noRows();
    this.#sent += this.#count;
    this.#sentBytes += this.#payloadBytes;
    this.#count = this.#payloadBytes = 0;
    return rows;
  }

  settled(): void {
    this.#sent = this.#sentBytes = 0;
  }
}

function noRows(): PendingRows {
  return { labels: [], attempts: [], messages: [], payloads: [], events: [], lines: [] };
}
