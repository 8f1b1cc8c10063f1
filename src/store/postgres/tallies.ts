import { hourOf } from '../sql/hours.js';
import { runnerOf } from '../run-id.js';
import { SLOTS } from './schema.js';
import { literal, type Session } from './session.js';

/** What is counted besides runs. */
export type Total = 'attempts' | 'payload_bytes' | 'bytes' | 'corrected_claims';

type Key = readonly (string | number)[];

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

  /** Statements that write it, without values: they go in one go with what ends the transaction. */
  statements(): string[] {
    const runs = [...this.#runs.values()].filter(({ by }) => by !== 0).toSorted(inOrder);
    const totals = [...this.#totals.values()].filter(({ by }) => by !== 0).toSorted(inOrder);
    const statements: string[] = [];
    if (runs.length > 0) {
      statements.push(
        `insert into @counter as c (flow, status, hour, slot, runs)
        values ${runs.map(({ key, by }) => `(${[...key, by].map(literal).join(', ')})`).join(', ')}
        on conflict (flow, status, hour, slot) do update set runs = c.runs + excluded.runs`,
      );
    }
    const lowered = runs.filter(({ by }) => by < 0);
    if (lowered.length > 0) {
      statements.push(
        `delete from @counter where runs = 0 and (flow, status, hour, slot) in
        (${lowered.map(({ key }) => `(${key.map(literal).join(', ')})`).join(', ')})`,
      );
    }
    if (totals.length > 0) {
      statements.push(
        `insert into @total as o (key, slot, value)
        values ${totals.map(({ key, by }) => `('${key[0]}', ${literal(key[1])}, ${literal(by)})`).join(', ')}
        on conflict (key, slot) do update set value = o.value + excluded.value`,
      );
    }
    return statements;
  }

  async write(session: Session): Promise<void> {
    const statements = this.statements();
    if (statements.length > 0) await session.exec(statements.join('; '));
  }
}

/** The same for all who write: they do not wait for one another in a circle. */
function inOrder(one: { readonly key: Key }, other: { readonly key: Key }): number {
  for (const [place, part] of one.key.entries()) {
    const against = other.key[place]!;
    if (part !== against) return part < against ? -1 : 1;
  }
  return 0;
}

/** Of the runner: what is counted up is counted down in the same place. */
function slotOf(runId: number): number {
  return runnerOf(runId) % SLOTS;
}
