import type { Session } from './session.js';

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

  async write(session: Session): Promise<void> {
    // Children come before their root at times, and then with it.
    if (this.#added.size > 0) {
      const waiting = await session.all(
        'select distinct root_run from @run where root_run = any(?::int8[]) and top = 1 and root_run <> run_id',
        [...this.#added],
      );
      for (const { root_run: root } of waiting) this.#roots.add(Number(root));
    }
    if (this.#roots.size === 0) return;
    const roots = [...this.#roots];
    await session.run(
      `update @run c set top = case when exists (select 1 from @run r where r.run_id = c.root_run) then 0 else 1 end
      where c.root_run = any(?::int8[]) and c.root_run <> c.run_id`,
      roots,
    );
    await session.run(
      `update @run r set family_ended = greatest(coalesce(r.ended, r.started), (
        select max(coalesce(c.ended, c.started)) from @run c where c.root_run = r.run_id and c.run_id <> r.run_id
      )) where r.run_id = any(?::int8[])`,
      roots,
    );
  }
}
