import { hourOf } from '../sql/hours.js';
import { runnerOf } from '../run-id.js';
import { SLOTS } from './schema.js';
import type { Session } from './session.js';

/** What is counted besides runs. */
export type Total = 'attempts' | 'payload_bytes' | 'bytes' | 'corrected_claims';

interface Counted {
  readonly key: readonly [flow: number, status: number, hour: number, slot: number];
  by: number;
}

/** What a transaction changes in the counters, written once at its end, in an order that is the same for all. */
export class Tallies {
  readonly #runs = new Map<string, Counted>();
  readonly #totals = new Map<string, { readonly key: readonly [total: Total, slot: number]; by: number }>();

  /** Runs of a flow and a status, both by number. */
  countRun(runId: number, flow: number, status: number, startedMs: number, by: number): void {
    const key = [flow, status, hourOf(startedMs), slotOf(runId)] as const;
    const counted = this.#runs.get(key.join(' '));
    if (counted === undefined) this.#runs.set(key.join(' '), { key, by });
    else counted.by += by;
  }

  add(total: Total, runId: number, by: number): void {
    const key = [total, slotOf(runId)] as const;
    const counted = this.#totals.get(key.join(' '));
    if (counted === undefined) this.#totals.set(key.join(' '), { key, by });
    else counted.by += by;
  }

  async write(session: Session): Promise<void> {
    const runs = [...this.#runs.values()].filter(({ by }) => by !== 0);
    const column = (place: 0 | 1 | 2 | 3): number[] => runs.map(({ key }) => key[place]);
    const keys = 'unnest(?::int4[], ?::int2[], ?::int8[], ?::int2[]';
    if (runs.length > 0) {
      await session.run(
        `insert into @counter as c select * from ${keys}, ?::int8[]) as t(flow, status, hour, slot, runs)
        order by flow, status, hour, slot
        on conflict (flow, status, hour, slot) do update set runs = c.runs + excluded.runs`,
        ...([0, 1, 2, 3] as const).map(column),
        runs.map(({ by }) => by),
      );
    }
    if (runs.some(({ by }) => by < 0)) {
      await session.run(
        `delete from @counter where (flow, status, hour, slot) in (select * from ${keys})) and runs = 0`,
        ...([0, 1, 2, 3] as const).map(column),
      );
    }
    const totals = [...this.#totals.values()].filter(({ by }) => by !== 0);
    if (totals.length === 0) return;
    await session.run(
      `insert into @total as o select * from unnest(?::text[], ?::int2[], ?::int8[]) as t(key, slot, value)
      order by key collate "C", slot on conflict (key, slot) do update set value = o.value + excluded.value`,
      totals.map(({ key }) => key[0]),
      totals.map(({ key }) => key[1]),
      totals.map(({ by }) => by),
    );
  }
}

/** Of the runner: what is counted up is counted down in the same place. */
function slotOf(runId: number): number {
  return runnerOf(runId) % SLOTS;
}
