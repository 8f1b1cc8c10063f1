import type { OutMessage } from '../../carrier/messages.js';
import type { SqlRecord, SqlValue } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import type { FlowViews, QueueView } from './flow-view.js';
import { textIn } from './text-column.js';

/** SQLite takes an index of some rows only for a query that says the same words of them, so each one that looks for a holder does. */
export const live = (table = ''): string => `${table}holder > -2`;

const INSERT = `insert into message (seq, flow, id, queue, stored, until, arrival) values (?, ?, ?, ?, ?, ?, ?) on conflict (flow, id) do nothing`;
const FIND = 'select seq, holder, until, arrival from message where flow = ? and id = ?';
const IS_LIVE = 'select 1 from message where seq = ? and holder > -2';
const END = 'update message set holder = -2, lapse = null where seq = ? and holder = ?';
const END_ALL =
  'update message set holder = -2, lapse = null where holder = ? and seq in (select value from json_each(?))';
const DROP_ALL = 'delete from payload where seq in (select value from json_each(?))';
const GIVE_BACK = `update message set holder = 0, lapse = null, starts = starts * ? where seq = ? and holder = ?`;
const PUT_OFF = `update message set holder = -1, lapse = null, due = ?, attempt = ?, starts = starts * ? where seq = ? and holder = ?`;
const COUNT = 'update message set starts = starts + 1 where seq = ? and holder = ? returning starts';
const TAKE = `select m.seq, m.id, m.stored, m.redelivered, m.attempt, m.starts, p.head, p.body
  from message m join payload p on p.seq = m.seq where m.queue = ? and m.holder = 0 and ${live('m.')} order by m.seq limit ?`;
const HOLD = `update message set holder = ?, due = null where queue = ? and holder = 0 and ${live()} and seq <= ?`;

const CARRY = 'insert into payload (seq, head, body) values (?, ?, ?)';
/** So many payloads are written by one statement: calling a driver costs more than a row does. */
const CARRIED_AT_ONCE = 16;
const CARRY_MANY = CARRY + ', (?, ?, ?)'.repeat(CARRIED_AT_ONCE - 1);

/** A message that was settled in a transaction was not its holder's any more: whose, only its own call can say. */
class NotHeld extends Error {}

/** Messages, and the ids of those that were settled. */
export class MessageTable {
  readonly #file: CarrierFile;
  readonly #views: FlowViews;
  /** What ends in this transaction, with its holder, and is written as such together at its end. */
  readonly #ending = new Map<number, number>();
  #payloads: number[] = [];
  /** The payloads of what was stored in this transaction and that are not written: three values each. */
  #carried: SqlValue[] = [];
  #isExact = false;

  constructor(file: CarrierFile, views: FlowViews) {
    this.#file = file;
    this.#views = views;
  }

  /**
   * A transaction begins.
   * @param isExact - what the holder has no more is found at once, and not only by `flush`
   */
  begin(isExact: boolean): void {
    this.#ending.clear();
    this.#payloads = [];
    this.#carried = [];
    this.#isExact = isExact;
  }

  /**
   * Writes what has ended, and the payloads of what was stored; from here on each end is exact.
   * @throws NotHeld when one of them was not its holder's any more: then each call has to go by itself
   */
  flush(): void {
    this.#isExact = true;
    for (const [holder, seqs] of byHolder(this.#ending)) {
      if (this.#file.prepare(END_ALL).run(holder, JSON.stringify(seqs)) !== seqs.length) {
        throw new NotHeld();
      }
    }
    this.#ending.clear();
    this.#carry(1);
    if (this.#payloads.length > 0) this.#file.prepare(DROP_ALL).run(JSON.stringify(this.#payloads));
    this.#payloads = [];
  }

  /**
   * Whether it was stored before; if so, the arrival keeps its id from now on.
   * @param ending - the arrival that ends with it
   */
  isKnown(queue: QueueView, { id, arrival }: OutMessage, nowMs: number, ending?: number): boolean {
    const flow = queue.flow.id;
    const found = this.#file.prepare(FIND).get(flow, id);
    if (found === undefined) return false;
    const kept = found['arrival'] === null ? undefined : Number(found['arrival']);
    const hasEnded = Number(found['holder']) <= -2 || this.#ending.has(Number(found['seq']));
    const isOver = hasEnded && Number(found['until']) <= nowMs;
    if (isOver && (kept === undefined || kept !== ending) && !this.#isLive(kept)) {
      this.#file.prepare('delete from message where seq = ?').run(Number(found['seq']));
      return false;
    }
    const keeper = this.#seqOf(flow, arrival);
    if (keeper !== null && !this.#isLive(kept)) {
      this.#file.prepare('update message set arrival = ? where seq = ?').run(keeper, Number(found['seq']));
    }
    return true;
  }

  /** @returns false when it was stored before */
  store(queue: QueueView, message: OutMessage, nowMs: number, ending?: number): boolean {
    if (!this.#insert(queue, message, nowMs)) {
      if (this.isKnown(queue, message, nowMs, ending)) return false;
      this.#insert(queue, message, nowMs);
    }
    this.#carried.push(this.#views.lastSeq, textIn(message.head), textIn(message.body));
    this.#carry(CARRIED_AT_ONCE);
    queue.change(1, 0);
    return true;
  }

  /** @returns false when the holder has it no more */
  end(seq: number, holder: number): boolean {
    if (this.#ending.has(seq)) return false;
    if (!this.#isExact) {
      this.#ending.set(seq, holder);
      return true;
    }
    return this.#file.prepare(END).run(seq, holder) === 1;
  }

  dropPayload(seq: number): void {
    this.#payloads.push(seq);
  }

  giveBack(seq: number, holder: number, endsStarts: boolean): boolean {
    return !this.#ending.has(seq) && this.#file.prepare(GIVE_BACK).run(endsStarts ? 0 : 1, seq, holder) === 1;
  }

  putOff(seq: number, holder: number, dueMs: number, attempt: number, endsStarts: boolean): boolean {
    return (
      !this.#ending.has(seq) && this.#file.prepare(PUT_OFF).run(dueMs, attempt, endsStarts ? 0 : 1, seq, holder) === 1
    );
  }

  countStart(seq: number, holder: number): number | undefined {
    const found = this.#ending.has(seq) ? undefined : this.#file.prepare(COUNT).get(seq, holder);
    return found === undefined ? undefined : Number(found['starts']);
  }

  /** The first ones that nobody has. */
  first(queue: number, limit: number): readonly SqlRecord[] {
    return this.#file.prepare(TAKE).all(queue, limit);
  }

  /** Gives all that nobody has up to one to a holder. */
  hold(queue: number, upToSeq: number, holder: number): void {
    this.#file.prepare(HOLD).run(holder, queue, upToSeq);
  }

  /** Gives others what the holder has; by queue how many it had. */
  takeAway(flow: number, holder: number, isRedelivery: boolean): ReadonlyMap<number, number> {
    const where = `queue in (select queue from queue where flow = ?) and holder = ? and ${live()}`;
    const rows = this.#file
      .prepare(`select queue, count(*) as count from message where ${where} group by queue`)
      .all(flow, holder);
    if (rows.length > 0) {
      this.#file
        .prepare(`update message set holder = 0, lapse = null, redelivered = max(redelivered, ?) where ${where}`)
        .run(Number(isRedelivery), flow, holder);
    }
    return new Map(rows.map((row) => [Number(row['queue']), Number(row['count'])]));
  }

  /** Writes payloads while there are so many. */
  #carry(least: number): void {
    const carried = this.#carried;
    for (let left = carried.length / 3; left >= least; left = carried.length / 3) {
      const count = left >= CARRIED_AT_ONCE ? CARRIED_AT_ONCE : 1;
      this.#file.prepare(count === 1 ? CARRY : CARRY_MANY).run(...carried.splice(0, count * 3));
    }
  }

  #insert(queue: QueueView, { id, arrival }: OutMessage, nowMs: number): boolean {
    const { flow } = queue;
    const seq = this.#views.nextSeq();
    const keeper = arrival === undefined ? null : this.#seqOf(flow.id, arrival);
    return this.#file.prepare(INSERT).run(seq, flow.id, id, queue.id, nowMs, nowMs + flow.dedupeMs, keeper) === 1;
  }

  #seqOf(flow: number, id: string | undefined): number | null {
    if (id === undefined) return null;
    const found = this.#file.prepare('select seq from message where flow = ? and id = ? and holder > -2').get(flow, id);
    return found === undefined || this.#ending.has(Number(found['seq'])) ? null : Number(found['seq']);
  }

  #isLive(seq: number | undefined): boolean {
    return seq !== undefined && !this.#ending.has(seq) && this.#file.prepare(IS_LIVE).get(seq) !== undefined;
  }
}

function byHolder(ending: ReadonlyMap<number, number>): ReadonlyMap<number, readonly number[]> {
  const seqs = new Map<number, number[]>();
  for (const [seq, holder] of ending) {
    const known = seqs.get(holder);
    if (known === undefined) seqs.set(holder, [seq]);
    else known.push(seq);
  }
  return seqs;
}
