import type { RunRow, StoredStatus } from '../rows.js';
import type { RunCounter, StatsQuery } from '../queries.js';
import { runnerOf } from '../run-id.js';
import { compareRuns, type RunKey } from '../run-key.js';
import { KeptRun } from './kept-run.js';

const HOUR_S = 3_600;

/** All runs: by id, by start, by root, by the run that called them, and counted. */
export class RunShelf {
  readonly #byId = new Map<number, KeptRun>();
  /** Oldest start first. */
  readonly #inOrder: KeptRun[] = [];
  readonly #families = new Map<number, Set<KeptRun>>();
  readonly #called = new Map<number, Set<KeptRun>>();
  readonly #ofRunner = new Map<number, number>();
  readonly #counters = new Map<string, RunCounter>();

  get size(): number {
    return this.#byId.size;
  }

  get(runId: number): KeptRun | undefined {
    return this.#byId.get(runId);
  }

  /** Oldest start first. */
  get inOrder(): readonly KeptRun[] {
    return this.#inOrder;
  }

  /** Runs that a run called, oldest start first. */
  childrenOf(runId: number): KeptRun[] {
    return [...(this.#called.get(runId) ?? [])].toSorted((a, b) => compareRuns(a.row, b.row));
  }

  /** Runs that are deleted together. A run whose root is not there is its own. */
  families(): KeptRun[][] {
    return [...this.#families].flatMap(([root, runs]) =>
      this.#byId.has(root) ? [[...runs]] : [...runs].map((run) => [run]),
    );
  }

  hasOfRunner(runner: number): boolean {
    return this.#ofRunner.has(runner);
  }

  /** How many runs stand before this key in the order. */
  positionOf(key: RunKey): number {
    let [low, high] = [0, this.#inOrder.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareRuns(this.#inOrder[middle]!.row, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(row: RunRow): void {
    const run = new KeptRun(row);
    this.#byId.set(row.runId, run);
    this.#inOrder.splice(this.positionOf(row), 0, run);
    const family = this.#families.get(run.root);
    if (family === undefined) this.#families.set(run.root, new Set([run]));
    else family.add(run);
    this.#link(run);
    const runner = runnerOf(row.runId);
    this.#ofRunner.set(runner, (this.#ofRunner.get(runner) ?? 0) + 1);
    this.#count(run, 1);
  }

  update(run: KeptRun, row: RunRow): void {
    this.#count(run, -1);
    this.#unlink(run);
    run.update(row);
    this.#link(run);
    this.#count(run, 1);
  }

  delete(runs: readonly KeptRun[]): void {
    for (const run of runs) {
      const { runId } = run.row;
      this.#byId.delete(runId);
      this.#inOrder.splice(this.positionOf(run.row), 1);
      const family = this.#families.get(run.root);
      family?.delete(run);
      if (family?.size === 0) this.#families.delete(run.root);
      this.#unlink(run);
      const runner = runnerOf(runId);
      const left = (this.#ofRunner.get(runner) ?? 0) - 1;
      if (left > 0) this.#ofRunner.set(runner, left);
      else this.#ofRunner.delete(runner);
      this.#count(run, -1);
    }
  }

  counters({ flow, fromS = -Infinity, toS = Infinity }: StatsQuery, status?: StoredStatus): RunCounter[] {
    return [...this.#counters.values()]
      .filter((counter) => (flow ?? counter.flow) === counter.flow && (status ?? counter.status) === counter.status)
      .filter(({ hourS }) => hourS + HOUR_S > fromS && hourS < toS)
      .toSorted((a, b) => a.hourS - b.hourS || compareTexts(a.flow, b.flow) || compareTexts(a.status, b.status));
  }

  #link(run: KeptRun): void {
    const { parentRun } = run.row;
    if (parentRun === undefined) return;
    const called = this.#called.get(parentRun);
    if (called === undefined) this.#called.set(parentRun, new Set([run]));
    else called.add(run);
  }

  #unlink(run: KeptRun): void {
    const parentRun = run.row.parentRun ?? Number.NaN;
    const called = this.#called.get(parentRun);
    called?.delete(run);
    if (called?.size === 0) this.#called.delete(parentRun);
  }

  #count({ row: { flow, status, startedMs } }: KeptRun, by: number): void {
    const hourS = Math.floor(startedMs / 1_000 / HOUR_S) * HOUR_S;
    const key = JSON.stringify([flow, status, hourS]);
    const runs = (this.#counters.get(key)?.runs ?? 0) + by;
    if (runs === 0) this.#counters.delete(key);
    else this.#counters.set(key, Object.freeze({ flow, status, hourS, runs }));
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
