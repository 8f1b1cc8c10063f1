import type { StoreBatch } from '../rows.js';
import { runIdOf, runnerOf } from '../run-id.js';
import type { RecordedRun } from './recorded-run.js';
import type { PendingRows, RowBuffer, RowTable } from './row-buffer.js';

/** A batch without who writes it. */
export type BatchRows = Omit<StoreBatch, 'runner' | 'epoch' | 'number'>;

/** Rows of a batch: a store may hold its file for as long as one takes. */
const MOST_ROWS = 500;

const TABLES: readonly RowTable[] = ['labels', 'messages', 'payloads', 'events', 'lines'];

/** Makes batches of what waits in a buffer. */
export class BatchMaker {
  readonly #buffer: RowBuffer;
  /** Runs under way. */
  readonly #open = new Set<RecordedRun>();
  #runner = 0;

  constructor(buffer: RowBuffer) {
    this.#buffer = buffer;
  }

  /** Whoever writes has this number now. */
  openedAs(runner: number): void {
    this.#runner = runner;
  }

  /** All that waits, a run before those that it called and whole where that is possible; what is under way as it stands. */
  make(): readonly BatchRows[] {
    const batches = new BatchPacker(this.#buffer.plans.splice(0));
    for (const run of this.#buffer.take()) {
      const rows = run.pending as PendingRows;
      run.pending = undefined;
      if (run.isOver) this.#open.delete(run);
      else this.#open.add(run);
      batches.makeRoomFor(sizeOf(rows));
      const runId = this.#idOf(run);
      if (rows.isDue)
        batches.add(
          'runs',
          run.row((each) => this.#idOf(each)),
        );
      for (const attempt of rows.attempts) batches.add('attempts', attempt.row(runId));
      for (const table of TABLES) for (const row of rows[table]) batches.add(table, { ...row, runId });
    }
    for (const run of this.#open) {
      for (const attempt of run.open) {
        const row = attempt.running(this.#idOf(run));
        if (row !== undefined) batches.add('attempts', row);
      }
    }
    return batches.all;
  }

  /** A batch that was made under another number; with the runs under way, which the store knows under that one. */
  rebased(batch: BatchRows, before: number): BatchRows {
    const moved = (runId: number): number =>
      runnerOf(runId) === before ? runIdOf(this.#runner, runId - runIdOf(before, 0)) : runId;
    const known = new Set((batch.runs ?? []).map(({ runId }) => moved(runId)));
    const others = [...this.#open].filter((run) => !known.has(this.#idOf(run)));
    const rows = Object.entries(batch).map(([table, list]) => [
      table,
      (list as readonly object[]).map((row) => ({ ...row, ...movedIds(row, moved) })),
    ]) as [string, readonly object[]][];
    const all = Object.fromEntries(rows) as Record<string, readonly object[]>;
    const runs = [...others.map((run) => run.row((each) => this.#idOf(each))), ...(all['runs'] ?? [])];
    return { ...all, runs } as BatchRows;
  }

  #idOf(run: RecordedRun): number {
    return runIdOf(this.#runner, run.number);
  }
}

/** Puts rows into batches that are not too large. */
class BatchPacker {
  readonly all: BatchRows[] = [];
  #batch: Record<string, object[]>;
  #size = 0;

  constructor(plans: object[]) {
    this.#batch = plans.length === 0 ? {} : { plans };
    if (plans.length > 0) this.all.push(this.#batch as BatchRows);
  }

  /** Begins another batch where these rows fit into one, but not into what is left of this. */
  makeRoomFor(rows: number): void {
    if (this.#size + rows > MOST_ROWS) this.#begin();
  }

  add(table: string, row: object): void {
    if (this.#size >= MOST_ROWS) this.#begin();
    if (this.#size === 0 && this.all.at(-1) !== this.#batch) this.all.push(this.#batch as BatchRows);
    (this.#batch[table] ??= []).push(row);
    this.#size++;
  }

  #begin(): void {
    if (this.#size === 0) return;
    this.#batch = {};
    this.#size = 0;
  }
}

function sizeOf({ isDue, attempts, ...rows }: PendingRows): number {
  return Number(isDue) + attempts.length + TABLES.reduce((sum, table) => sum + rows[table].length, 0);
}

const IDS = ['runId', 'parentRun', 'rootRun'] as const;

function movedIds(row: object, moved: (runId: number) => number): object {
  const ids = IDS.flatMap((name) => {
    const id = (row as { readonly [key in (typeof IDS)[number]]?: number | undefined })[name];
    return id === undefined ? [] : [[name, moved(id)]];
  });
  return Object.fromEntries(ids) as object;
}
