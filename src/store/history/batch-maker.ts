import type { StoreBatch } from '../rows.js';
import { runIdOf, runnerOf } from '../run-id.js';
import type { RecordedRun } from './recorded-run.js';
import type { PendingRows, RowBuffer } from './row-buffer.js';

/** A batch without who writes it. */
export type BatchRows = Omit<StoreBatch, 'runner' | 'epoch' | 'number'>;

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

  /** A batch that was made under another number; with the runs under way, which the store knows under that one. */
  rebased(batch: BatchRows, before: number): BatchRows {
    const moved = (runId: number): number =>
      runnerOf(runId) === before ? runIdOf(this.#runner, runId - runIdOf(before, 0)) : runId;
    const known = new Set((batch.runs ?? []).map(({ runId }) => moved(runId)));
    const idOf = (run: RecordedRun): number => runIdOf(this.#runner, run.number);
    const others = [...this.#open].filter((run) => !known.has(idOf(run))).map((run) => run.row(idOf));
    const rows = Object.entries(batch).map(([table, list]) => [
      table,
      (list as readonly object[]).map((row) => ({ ...row, ...movedIds(row, moved) })),
    ]) as [string, readonly object[]][];
    const all = Object.fromEntries(rows) as Record<string, readonly object[]>;
    return { ...all, runs: [...others, ...(all['runs'] ?? [])] } as BatchRows;
  }

  /** All that waits, runs first; what is under way as it stands. */
  make(): BatchRows {
    const runs = [...this.#buffer.runs];
    this.#buffer.runs.clear();
    const pending = this.#buffer.take();
    const idOf = (run: RecordedRun): number => runIdOf(this.#runner, run.number);
    for (const run of runs) {
      if (run.isOver) this.#open.delete(run);
      else this.#open.add(run);
    }
    const underWay = [...this.#open].flatMap((run) => [...run.open]).flatMap((attempt) => attempt.running());
    const plans = this.#buffer.plans.splice(0);
    const rows: Record<string, readonly object[]> = {
      plans,
      // A run comes before those that it called.
      runs: runs.toSorted((one, other) => one.number - other.number).map((run) => run.row(idOf)),
    };
    for (const table of Object.keys(pending) as (keyof PendingRows)[]) {
      const list = table === 'attempts' ? [...underWay, ...pending.attempts] : pending[table];
      rows[table] = list.map(({ run, ...row }) => ({ ...row, runId: idOf(run) }));
    }
    return Object.fromEntries(Object.entries(rows).filter(([, list]) => list.length > 0)) as BatchRows;
  }
}

const IDS = ['runId', 'parentRun', 'rootRun'] as const;

function movedIds(row: object, moved: (runId: number) => number): object {
  const ids = IDS.flatMap((name) => {
    const id = (row as { readonly [key in (typeof IDS)[number]]?: number | undefined })[name];
    return id === undefined ? [] : [[name, moved(id)]];
  });
  return Object.fromEntries(ids) as object;
}
