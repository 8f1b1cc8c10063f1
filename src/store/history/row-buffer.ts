import type { PayloadRow, PlanRow } from '../rows.js';
import type { RecordedAttempt } from './recorded-attempt.js';
import type { RecordedRun } from './recorded-run.js';
import { RowChunk, type PlainRows } from './row-chunk.js';

/** Tables of the rows of a run that are kept as rows. */
export type RowTable = Exclude<keyof PlainRows, 'plans' | 'payloads'>;

/** A row of a run whose id is not known yet. */
export type Pending<Row> = Omit<Row, 'runId'>;

/** A share of the room that is kept for starts, ends and failures. */
const RESERVE = 1 / 16;
/** Empty chunks that are kept for later. */
const MOST_FREE = 32;

/** What is counted of it. */
export interface BufferCounts {
  /** Runs that were not recorded, because the store is slower than the flow. */
  shedTraces: number;
  /** Rows of recorded runs for which there was no room. */
  rowsLeftOut: number;
  /** Payloads for which there was no room. */
  payloadsLeftOut: number;
}

/** What waits to be stored, in the order in which it happened and within bounds. */
export class RowBuffer {
  readonly counts: BufferCounts = { shedTraces: 0, rowsLeftOut: 0, payloadsLeftOut: 0 };
  /** Called when something waits. */
  onFilled: () => void = () => {};
  /** Called when as much waits as goes to the store at once. */
  onFull: () => void = () => {};
  readonly #maxRows: number;
  readonly #maxPayloadBytes: number;
  #current = new RowChunk();
  /** Those that are full. */
  #full: RowChunk[] = [];
  readonly #free: RowChunk[] = [];
  #chunks = 0;
  /** Rows, also of those on their way to the store. */
  #count = 0;
  #payloadBytes = 0;
  /** Runs under way whose beginning has been handed to the store, or is about to be. */
  readonly #underWay = new Set<RecordedRun>();
  /** Something found no room, and is to be told of later. */
  #owed = false;
  /** Whether somebody has been told that something waits. */
  #isTold = false;

  constructor(maxRows: number, maxPayloadBytes: number) {
    this.#maxRows = maxRows;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Rows that wait or are on their way. */
  get size(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return !this.#isTold;
  }

  /** Whether a new run may be recorded whole. */
  get takesRuns(): boolean {
    return this.#count < this.#maxRows / 2;
  }

  /** Runs that the store knows as under way, unless they end in what it gets next. */
  get underWay(): Iterable<RecordedRun> {
    return this.#underWay;
  }

  addPlan(row: PlanRow): void {
    this.#room().add('plans', row);
    this.#counted();
  }

  /** A run has begun, or one that is not recorded has failed. */
  begun(run: RecordedRun): void {
    if (run.isShed && this.#count >= this.#maxRows) return;
    const chunk = this.#room();
    run.chunk = chunk.serial;
    run.place = chunk.addRun(run);
    chunk.begun[run.place] = run;
    this.#counted();
  }

  /** A run has ended. */
  ended(run: RecordedRun): void {
    const chunk = this.#current;
    if (run.chunk === chunk.serial) {
      chunk.setRun(run.place, run);
      chunk.begun[run.place] = undefined;
      return;
    }
    if (this.#count < this.#maxRows) this.#addEnd(run);
    else if (run.chunk >= 0) this.#owed = true;
    // One that is not recorded and has failed: nobody knows of it yet, and nobody will.
    else this.counts.rowsLeftOut++;
  }

  /** Adds an attempt that is over. */
  addAttempt(run: RecordedRun, attempt: RecordedAttempt, hasFailed: boolean): void {
    if (!this.#hasRoom(run, hasFailed ? 1 : 1 - RESERVE)) return;
    this.#room().addAttempt(attempt);
    this.#counted();
  }

  /**
   * Adds a row of a run.
   * @param matters - it may use the reserve
   */
  add<Table extends RowTable>(
    table: Table,
    run: RecordedRun,
    row: Pending<PlainRows[Table][number]>,
    matters = false,
  ): boolean {
    // Messages, events and lines go before attempts.
    if (!this.#hasRoom(run, matters ? 1 : 1 - 2 * RESERVE)) return false;
    this.#room().add(table, { runId: run.number, ...row } as unknown as PlainRows[Table][number]);
    this.#counted();
    return true;
  }

  /** Adds a payload, if there is room for its bytes. */
  addPayload(run: RecordedRun, { messageId, bytes }: Pending<PayloadRow>): boolean {
    if (!run.isShed && this.#payloadBytes + bytes.length > this.#maxPayloadBytes) {
      this.counts.payloadsLeftOut++;
      return false;
    }
    if (!this.#hasRoom(run, 1)) return false;
    const chunk = this.#room();
    chunk.add('payloads', { runId: run.number, messageId, bytes });
    chunk.payloadBytes += bytes.length;
    this.#payloadBytes += bytes.length;
    this.#counted();
    return true;
  }

  /** An attempt has begun, which is to be told of if it goes on for long. */
  wake(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.onFilled();
  }

  /** Takes off what has waited until there was enough of it; `stored` is to be called for each. */
  takeFull(): readonly RowChunk[] {
    const chunks = this.#full;
    this.#full = [];
    return chunks;
  }

  /**
   * Takes all that waits off, with the attempts that have been under way for so long; `stored` is to be called for each.
   * @param leastMs - 0 = all of them
   */
  take(leastMs: number): readonly RowChunk[] {
    // What is added here goes with the rest.
    this.#isTold = true;
    this.#close();
    let isYoung = false;
    this.#owed = false;
    for (const run of this.#underWay) if (!this.#tellOf(run, leastMs)) isYoung = true;
    this.#close();
    this.#isTold = false;
    if (isYoung || this.#owed) this.wake();
    return this.takeFull();
  }

  /** What was in a chunk is stored, or given up. */
  stored(chunk: RowChunk): void {
    this.#count -= chunk.size;
    this.#payloadBytes -= chunk.payloadBytes;
    for (const run of chunk.ended) this.#underWay.delete(run);
    chunk.clear();
    if (this.#free.length < MOST_FREE) this.#free.push(chunk);
  }

  /** What the store does not know of a run that it knows as under way; false when an attempt is too young to be told of. */
  #tellOf(run: RecordedRun, leastMs: number): boolean {
    if (this.#count >= this.#maxRows) {
      this.#owed = true;
      return true;
    }
    if (run.isOver) {
      // Its end found no room. One whose end is on its way has the chunk of that.
      if (!run.isEndTold) this.#addEnd(run);
      return true;
    }
    const nowMs = run.nowMs();
    if (run.isStale(nowMs)) {
      this.#room().addRun(run);
      this.#counted();
    }
    let isYoung = false;
    for (let attempt = run.firstOpen; attempt !== undefined; attempt = attempt.next) {
      if (attempt.isTold) continue;
      if (nowMs - attempt.startedMs < leastMs || this.#count >= this.#maxRows) isYoung = true;
      else {
        attempt.isTold = true;
        this.#room().addAttempt(attempt);
        this.#counted();
      }
    }
    return !isYoung;
  }

  #addEnd(run: RecordedRun): void {
    const chunk = this.#room();
    chunk.addRun(run);
    chunk.ended.push(run);
    run.isEndTold = true;
    this.#counted();
  }

  /** The chunk that has room for a row. */
  #room(): RowChunk {
    if (this.#current.isFull) {
      this.#close();
      this.onFull();
    }
    return this.#current;
  }

  #close(): void {
    const chunk = this.#current;
    if (chunk.size === 0) return;
    for (const [place, run] of chunk.begun.entries()) {
      if (run === undefined) continue;
      chunk.setRun(place, run);
      this.#underWay.add(run);
    }
    this.#full.push(chunk);
    this.#current = this.#free.pop() ?? new RowChunk();
    this.#current.serial = ++this.#chunks;
  }

  #counted(): void {
    this.#count++;
    this.wake();
  }

  #hasRoom(run: RecordedRun, share: number): boolean {
    if (!run.isShed && this.#count < this.#maxRows * share) return true;
    if (!run.isShed) this.counts.rowsLeftOut++;
    run.rowsLeftOut++;
    return false;
  }
}
