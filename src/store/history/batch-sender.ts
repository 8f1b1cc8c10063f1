import { FlowError } from '../../index.js';
import type { FlowStore, Runner, WriteOutcome } from '../flow-store.js';
import { rowsOfRunner, unpackBatch, type PackedBatch } from '../packed-batch.js';
import type { StoreBatch } from '../rows.js';
import { halvesOf, type BatchRows } from './batch-halves.js';
import type { RecordedRun } from './recorded-run.js';
import { CHUNK_ROWS, RowChunk } from './row-chunk.js';

/** Under what a batch is written. */
type Head = Pick<StoreBatch, 'runner' | 'epoch' | 'number'>;

/** Whose runs have their numbers as ids. */
const NOBODY: Head = { runner: 0, epoch: 0, number: 0 };

/** What a sender needs of the writer. */
export interface SenderHost {
  /** Tries for ever, unless the store refuses a row. */
  untilItWorks(run: () => Promise<void>): Promise<void>;
  /** The number is another's now, or the store is another: `openedAs` is called before it resolves, or the runner has another epoch. */
  renew(): Promise<void>;
  refused(error: unknown): void;
}

/** Sends batches to a store under the number that the runner has just then, one after the other. */
export class BatchSender {
  runner: Runner | undefined;
  /** That were stored. */
  batches = 0;
  /** Rows that no store takes. */
  rejectedRows = 0;
  readonly #store: FlowStore;
  readonly #host: SenderHost;
  #number = 0;
  /** Runs under way that the store does not know under the number of the runner. */
  #unknown: RecordedRun[] = [];

  constructor(store: FlowStore, host: SenderHost) {
    this.#store = store;
    this.#host = host;
  }

  /**
   * The store was opened, perhaps under another number, or it is another one.
   * @param underWay - what it has to know for what comes next
   */
  openedAs(runner: Runner, underWay: Iterable<RecordedRun>): void {
    this.runner = runner;
    this.#number = 0;
    this.#unknown = [...underWay];
  }

  /** What is in a chunk, but for rows that no store takes. */
  async send(chunk: RowChunk): Promise<void> {
    try {
      await this.#deliver((head) => this.#writePacked(chunk.pack(head)));
    } catch (error) {
      const { runner: _runner, epoch: _epoch, number: _number, ...rows } = unpackBatch(chunk.pack(NOBODY));
      await this.#sendHalves(rows, error);
    }
  }

  /** Rows of which one was refused. */
  async #sendHalves(rows: BatchRows, error: unknown): Promise<void> {
    const halves = halvesOf(rows, (error as FlowError).metadata['table'] as keyof BatchRows | undefined);
    if (halves === undefined) {
      this.rejectedRows++;
      this.#host.refused(error);
      return;
    }
    for (const half of halves) {
      try {
        await this.#deliver((head) => this.#store.write({ ...rowsOfRunner(half, head.runner), ...head }));
      } catch (refusal) {
        await this.#sendHalves(half, refusal);
      }
    }
  }

  /** @throws FlowError `STORE_ROW_REFUSED` */
  async #deliver(write: (head: Head) => Promise<WriteOutcome>): Promise<void> {
    await this.#host.untilItWorks(async () => {
      while ((await this.#introduce()) === 'claimed' || (await this.#numbered(write)) === 'claimed') {
        await this.#host.renew();
      }
    });
  }

  /** Tells the store of the runs under way that it does not know. */
  async #introduce(): Promise<WriteOutcome> {
    for (let size = CHUNK_ROWS; this.#unknown.length > 0;) {
      const runs = this.#unknown.slice(0, size);
      const chunk = new RowChunk();
      for (const run of runs) chunk.addRun(run);
      try {
        const outcome = await this.#numbered((head) => this.#writePacked(chunk.pack(head)));
        if (outcome === 'claimed') return outcome;
        size = CHUNK_ROWS;
      } catch (error) {
        if (!FlowError.is(error, 'STORE_ROW_REFUSED')) throw error;
        size = Math.ceil(runs.length / 2);
        if (runs.length > 1) continue;
        this.rejectedRows++;
        this.#host.refused(error);
      }
      this.#unknown.splice(0, runs.length);
    }
    return 'stored';
  }

  async #numbered(write: (head: Head) => Promise<WriteOutcome>): Promise<WriteOutcome> {
    const { runner, epoch } = this.runner as Runner;
    const outcome = await write({ runner, epoch, number: this.#number + 1 });
    if (outcome === 'claimed') return outcome;
    this.#number++;
    this.batches++;
    return outcome;
  }

  #writePacked(packed: PackedBatch): Promise<WriteOutcome> {
    return this.#store.writePacked?.(packed) ?? this.#store.write(unpackBatch(packed));
  }
}
