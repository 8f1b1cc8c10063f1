import { ATTEMPT_WIDTH, RUN_WIDTH, TEXT_HEAD, type PackedBatch } from '../packed-batch.js';
import type { EventRow, LabelRow, LineRow, MessageRow, PayloadRow, PlanRow, StoreBatch } from '../rows.js';
import type { RecordedAttempt } from './recorded-attempt.js';
import type { RecordedRun } from './recorded-run.js';

/** Rows of a chunk: a store may hold its file for as long as one takes. */
export const CHUNK_ROWS = 500;

/** Rows that are kept as such; for a run they have its number. */
export interface PlainRows {
  readonly plans: PlanRow[];
  readonly labels: LabelRow[];
  readonly messages: MessageRow[];
  readonly payloads: PayloadRow[];
  readonly events: EventRow[];
  readonly lines: LineRow[];
}

/** Bytes that texts have room for at first. */
const FIRST_BYTES = 16_384;

/** Texts that columns name by their place. */
export class Texts {
  readonly words: string[] = [];
  readonly #places = new Map<string, number>();
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** The place of one that comes again and again, such as the name of a node. */
  word(text: string | undefined): number {
    if (text === undefined) return Number.NaN;
    const place = this.#places.get(text);
    if (place !== undefined) return place;
    this.#places.set(text, this.words.length);
    return this.words.push(text) - 1;
  }

  /** Where one begins that is unlike the others. As bytes: strings that live until they are stored are dear to collect. */
  text(text: string): number {
    const place = this.#length;
    const end = place + TEXT_HEAD + text.length * 2;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.writeUInt32LE(text.length, place);
    // Not UTF-8, which has no lone surrogates.
    this.#bytes.write(text, place + TEXT_HEAD, 'utf16le');
    this.#length = end;
    return place;
  }

  /** A copy of the bytes. */
  get bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length);
  }

  clear(): void {
    this.words.length = this.#length = 0;
    this.#places.clear();
  }

  #grow(least: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(least, this.#bytes.length * 2));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** What has happened in a stretch of time, in columns: one batch for the store. */
export class RowChunk {
  /** Unlike that of any other, also of one that had the same columns. */
  serial = 0;
  /** Bytes of payloads in it. */
  payloadBytes = 0;
  /** Runs that began in it and are under way, by the place of their row. */
  readonly begun: (RecordedRun | undefined)[] = [];
  /** Runs that ended in it and had begun before. */
  readonly ended: RecordedRun[] = [];
  /** Attempts from the front, runs from the back. */
  readonly #columns = new Float64Array(CHUNK_ROWS * RUN_WIDTH);
  readonly #texts = new Texts();
  #runCount = 0;
  #attemptCount = 0;
  #plain = emptyRows();
  #plainCount = 0;

  /** Rows in it. */
  get size(): number {
    return this.#runCount + this.#attemptCount + this.#plainCount;
  }

  get isFull(): boolean {
    return this.size >= CHUNK_ROWS;
  }

  /** Adds the row of a run; gives its place. */
  addRun(run: RecordedRun): number {
    const place = ++this.#runCount;
    run.writeTo(this.#columns, this.#columns.length - place * RUN_WIDTH, this.#texts);
    return place;
  }

  /** The row of a run as it stands now. */
  setRun(place: number, run: RecordedRun): void {
    run.writeStateTo(this.#columns, this.#columns.length - place * RUN_WIDTH, this.#texts);
  }

  addAttempt(attempt: RecordedAttempt): void {
    attempt.writeTo(this.#columns, this.#attemptCount++ * ATTEMPT_WIDTH, this.#texts);
  }

  add<Table extends keyof PlainRows>(table: Table, row: PlainRows[Table][number]): void {
    (this.#plain[table] as (typeof row)[]).push(row);
    this.#plainCount++;
  }

  /** As it goes to the store. */
  pack({ runner, epoch, number }: Pick<StoreBatch, 'runner' | 'epoch' | 'number'>): PackedBatch {
    const rows = Object.entries(this.#plain).filter(([, list]) => (list as readonly object[]).length > 0);
    return {
      ...{ runner, epoch, number },
      runs: this.#columns.slice(this.#columns.length - this.#runCount * RUN_WIDTH),
      attempts: this.#columns.slice(0, this.#attemptCount * ATTEMPT_WIDTH),
      words: this.#texts.words,
      texts: this.#texts.bytes,
      rows: Object.fromEntries(rows) as PackedBatch['rows'],
    };
  }

  /** Empty again, for something else. */
  clear(): void {
    this.payloadBytes = this.#runCount = this.#attemptCount = this.#plainCount = 0;
    this.begun.length = this.ended.length = 0;
    this.#texts.clear();
    this.#plain = emptyRows();
  }
}

function emptyRows(): PlainRows {
  return { plans: [], labels: [], messages: [], payloads: [], events: [], lines: [] };
}
