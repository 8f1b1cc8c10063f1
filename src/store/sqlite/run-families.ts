import type { SqlDatabase } from './database.js';

/** The last end of a run and of those that go with it. */
const LAST_END = `max(coalesce(ended, started), coalesce(
  (select max(coalesce(c.ended, c.started)) from run c where c.root_run = run.run_id and c.run_id <> run.run_id), coalesce(ended, started)))`;

/** Which runs go together, and when their last one ended: what is changed in a transaction is set right at its end. */
export class RunFamilies {
  readonly #added = new Set<number>();
  readonly #roots = new Set<number>();

  /** A run is there now. */
  added(runId: number, rootRun: number | undefined): void {
    this.#added.add(runId);
    if (rootRun !== undefined && rootRun !== runId) this.#roots.add(rootRun);
  }

  /** The end of a run has changed. */
  changed(runId: number, rootRun: number | null): void {
    this.#roots.add(rootRun ?? runId);
    this.#roots.add(runId);
  }

  /** A run is gone. */
  deleted(runId: number, rootRun: number | null): void {
    this.#roots.add(runId);
    if (rootRun !== null) this.#roots.add(rootRun);
  }

  write(database: SqlDatabase): void {
    const added = JSON.stringify([...this.#added]);
    // Children come before their root at times, and then with it.
    if (this.#added.size > 0) {
      const waiting = database
        .prepare(
          'select distinct root_run from run where root_run in (select value from json_each(?)) and top = 1 and root_run <> run_id',
        )
        .all(added);
      for (const { root_run: root } of waiting) this.#roots.add(Number(root));
    }
    if (this.#roots.size === 0) return;
    const roots = JSON.stringify([...this.#roots]);
    database
      .prepare(
        `update run set top = not exists (select 1 from run r where r.run_id = run.root_run)
        where root_run in (select value from json_each(?)) and root_run <> run_id`,
      )
      .run(roots);
    database
      .prepare(`update run set family_ended = ${LAST_END} where run_id in (select value from json_each(?))`)
      .run(roots);
  }
}
