import { hourOf } from '../sql/hours.js';
import type { SqlDatabase } from './database.js';

/** What a transaction changes in the counters, written once at its end. */
export class Tallies {
  readonly #runs = new Map<string, { readonly key: readonly [number, number, number]; by: number }>();
  readonly #totals = new Map<string, number>();

  /** Runs of a flow and a status, both by number. */
  countRun(flow: number, status: number, startedMs: number, by: number): void {
    const key = [flow, status, hourOf(startedMs)] as const;
    const text = key.join(' ');
    const counted = this.#runs.get(text);
    if (counted === undefined) this.#runs.set(text, { key, by });
    else counted.by += by;
  }

  add(total: 'attempts' | 'payload_bytes' | 'corrected_claims' | 'names_epoch', by: number): void {
    if (by !== 0) this.#totals.set(total, (this.#totals.get(total) ?? 0) + by);
  }

  write(database: SqlDatabase): void {
    for (const { key, by } of this.#runs.values()) {
      if (by === 0) continue;
      database
        .prepare('insert into counter values (?, ?, ?, ?) on conflict do update set runs = runs + excluded.runs')
        .run(...key, by);
      if (by < 0)
        database.prepare('delete from counter where flow = ? and status = ? and hour = ? and runs = 0').run(...key);
    }
    for (const [total, by] of this.#totals) {
      database.prepare('update meta set value = value + ? where key = ?').run(by, total);
    }
  }
}
