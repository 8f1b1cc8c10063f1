import type { FlowError } from '../../../index.js';
import { DEAD_MS, DroppedLetters, MOST_DEAD } from '../../carrier/dead-letter-limits.js';
import type { SqlRecord } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import type { Transaction } from './transaction.js';

/** How often there is a look, in milliseconds; sooner while there is more than goes into one transaction. */
const EVERY_MS = 10_000;
const SOON_MS = 20;
const ROWS = 500;
const OLDEST = 'select d.dead, d.flow, f.name from dead d join flow f on f.flow = d.flow';
// An index by flow would have to be sorted: the oldest ones of a flow are among the first of all.
const OF_FLOW = `${OLDEST} where +d.flow = ? order by d.dead limit ?`;
const AGED = `${OLDEST} where d.dead in (select dead from dead order by dead limit ${ROWS}) and d.at <= ?`;

/** What was dropped of a flow. */
interface Told {
  readonly flow: string;
  readonly error: FlowError;
}

/** Drops dead letters that have had their time, and the oldest ones of a flow that has too many. */
export class DeadLetterUpkeep {
  readonly #file: CarrierFile;
  readonly #most: number;
  readonly #dropped = new Map<string, DroppedLetters>();
  #nextMs = 0;

  /** @param most - letters of a flow */
  constructor(file: CarrierFile, most = MOST_DEAD) {
    this.#file = file;
    this.#most = most;
  }

  isDue(monotonicMs: number): boolean {
    return monotonicMs >= this.#nextMs;
  }

  /** In a transaction. */
  run(tx: Transaction): void {
    const rows = [...this.#file.prepare(AGED).all(tx.nowMs - DEAD_MS), ...this.#overflow()];
    for (const { dead } of rows) this.#file.prepare('delete from dead where dead = ?').run(Number(dead));
    tx.after(() => {
      for (const { name } of rows) this.#of(String(name)).add(1);
      this.#nextMs = tx.monotonicMs + (rows.length >= ROWS ? SOON_MS : EVERY_MS);
    });
  }

  /** What is to be told now. */
  problems(monotonicMs: number): readonly Told[] {
    return [...this.#dropped].flatMap(([flow, dropped]) => {
      const error = dropped.problem(monotonicMs);
      return error === undefined ? [] : [{ flow, error }];
    });
  }

  #overflow(): readonly SqlRecord[] {
    const span = this.#file
      .prepare('select (select max(dead) from dead) - (select min(dead) from dead) + 1 as span')
      .get()?.['span'];
    // There may be fewer, and not more: counting them costs a look at each.
    if (Number(span ?? 0) <= this.#most) return [];
    const counts = this.#file
      .prepare('select flow, count(*) as count from dead group by flow having count(*) > ?')
      .all(this.#most);
    return counts.flatMap(({ flow, count }) =>
      this.#file.prepare(OF_FLOW).all(Number(flow), Math.min(ROWS, Number(count) - this.#most)),
    );
  }

  #of(flow: string): DroppedLetters {
    const found = this.#dropped.get(flow) ?? new DroppedLetters(flow);
    this.#dropped.set(flow, found);
    return found;
  }
}
