import type { Session } from './session.js';

/**
 * Which runs go together, and when their last one ended: what is changed in a transaction is set right at its end. Whoever writes the end of
 * a run sets that of its family as if it were alone, which nearly all are.
 */
export class RunFamilies {
  /** Runs that may have others that go with them. */
  readonly #leads = new Set<number>();
  readonly #roots = new Set<number>();
  #known: ReadonlySet<number> = new Set();

  /** A run is there now, or its end has changed. Children come before their root at times, and then with it. */
  changed(runId: number, rootRun: number | null | undefined): void {
    this.#leads.add(runId);
    if (typeof rootRun === 'number' && rootRun !== runId) this.#roots.add(rootRun);
  }

  /** A run is gone. */
  deleted(runId: number, rootRun: number | null): void {
    this.#leads.add(runId);
    if (rootRun !== null) this.#roots.add(rootRun);
  }

  /** Of these runs it is known which ones lead others, as the transaction began. */
  know(runIds: readonly number[], leading: readonly number[]): void {
    this.#known = new Set(runIds);
    for (const root of leading) this.#roots.add(root);
  }

  async write(session: Session): Promise<void> {
    const leads = [...this.#leads].filter((runId) => !this.#known.has(runId));
    if (leads.length > 0) {
      const leading = await session.all(
        'select distinct root_run from @run where root_run = any(?::int8[]) and root_run <> run_id',
        leads,
      );
      for (const { root_run: root } of leading) this.#roots.add(Number(root));
    }
    if (this.#roots.size === 0) return;
    const roots = [...this.#roots];
    await session.run(
      `update @run c set top = 1 - (select count(*) from @run r where r.run_id = c.root_run)
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
