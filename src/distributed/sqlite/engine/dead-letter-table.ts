import type { DeadLetter, DeadLetterQuery } from '../../carrier/messages.js';
import type { SqlRecord } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import type { FlowView } from './flow-view.js';
import { textIn, textOut } from './text-column.js';

const ADD = `insert into dead (flow, queue, id, head, body, reason, at)
  select m.flow, ?, m.id, p.head, p.body, ?, ? from message m join payload p on p.seq = m.seq where m.seq = ?`;
const COLUMNS = 'dead, queue, id, head, body, reason, at';

/** The dead letters of flows, oldest first. */
export class DeadLetterTable {
  readonly #file: CarrierFile;

  constructor(file: CarrierFile) {
    this.#file = file;
  }

  add(seq: number, queue: string, reason: string, nowMs: number): void {
    this.#file.prepare(ADD).run(queue, textIn(reason), nowMs, seq);
  }

  list(flow: FlowView, { queue, after = '0', limit = 100 }: DeadLetterQuery): readonly DeadLetter[] {
    const from = Number(after);
    const values = queue === undefined ? [flow.id, from, limit] : [flow.id, queue, from, limit];
    const where = queue === undefined ? 'flow = ?' : 'flow = ? and queue = ?';
    return this.#file
      .prepare(`select ${COLUMNS} from dead where ${where} and dead > ? order by dead limit ?`)
      .all(...values)
      .map(letterOf);
  }

  read(flow: FlowView, id: string): DeadLetter | undefined {
    const found = this.#file
      .prepare(`select ${COLUMNS} from dead where dead = ? and flow = ?`)
      .get(numberOf(id), flow.id);
    return found === undefined ? undefined : letterOf(found);
  }

  discard(flow: FlowView, ids: readonly string[]): number {
    const statement = this.#file.prepare('delete from dead where dead = ? and flow = ?');
    let discarded = 0;
    for (const id of ids) discarded += statement.run(numberOf(id), flow.id);
    return discarded;
  }

  /** How many there are, by queue. */
  counts(flow: FlowView): ReadonlyMap<string, number> {
    const rows = this.#file
      .prepare('select queue, count(*) as count from dead where flow = ? group by queue')
      .all(flow.id);
    return new Map(rows.map((row) => [String(row['queue']), Number(row['count'])]));
  }
}

function numberOf(id: string): number {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : -1;
}

function letterOf(row: SqlRecord): DeadLetter {
  return Object.freeze({
    id: String(row['dead']),
    messageId: String(row['id']),
    queue: String(row['queue']),
    head: textOut(row['head']),
    body: textOut(row['body']),
    reason: textOut(row['reason']),
    deadMs: Number(row['at']),
  });
}
