import type { SqlRecord } from '../../../store/sql/sql-value.js';
import type { CarrierFile } from './carrier-file.js';
import type { FlowViews, QueueView } from './flow-view.js';
import type { LeaseBook } from './lease-book.js';
import { live, type MessageTable } from './message-table.js';
import { textOut } from './text-column.js';
import type { Taker, ThreadSession } from './thread-session.js';
import type { Transaction } from './transaction.js';

/** At most so many messages of a queue are handed out in one transaction. */
const MAX_TAKEN = 128;
/** Whoever has left something for others leaves it to them for so long: idle ones look every 25 ms, busy ones every 2 ms. */
const REST_MS = 80;
const BUSY_REST_MS = 4;

/** Gives messages to those who take. */
export class HandOut {
  readonly #file: CarrierFile;
  readonly #views: FlowViews;
  readonly #messages: MessageTable;
  readonly #leases: LeaseBook;
  readonly #sessions: ReadonlyMap<number, ThreadSession>;
  #deliveries = 0;
  #nextDueMs: number | undefined;
  /** Whose turn it is among the sessions of the thread. */
  #turn = 0;
  #busySinceMs = Infinity;

  constructor(
    file: CarrierFile,
    views: FlowViews,
    messages: MessageTable,
    leases: LeaseBook,
    sessions: ReadonlyMap<number, ThreadSession>,
  ) {
    this.#file = file;
    this.#views = views;
    this.#messages = messages;
    this.#leases = leases;
    this.#sessions = sessions;
  }

  /** When the thread has begun to be busy, on the monotonic clock. */
  busySince(ms: number): void {
    this.#busySinceMs = ms;
  }

  /** Others may have put something off. */
  refresh(): void {
    this.#nextDueMs = undefined;
    for (const queue of this.#views.queues.values()) {
      if (queue.putOff === 0) continue;
      const found = this.#file
        .prepare(`select min(due) as due from message where queue = ? and holder = -1 and ${live()}`)
        .get(queue.id);
      this.#nextDueMs = Math.min(this.#nextDueMs ?? Infinity, Number(found?.['due'] ?? Infinity));
    }
  }

  /** Something is put off until then, by the wall clock. */
  putOff(dueMs: number): void {
    this.#nextDueMs = Math.min(this.#nextDueMs ?? Infinity, dueMs);
  }

  isDue(monotonicMs: number, nowMs: number): boolean {
    for (const { left, number } of this.#sessions.values()) if (left.size > 0 && number !== undefined) return true;
    const takers = this.#takers();
    if (takers.size === 0) return false;
    if (this.#nextDueMs !== undefined && this.#nextDueMs <= nowMs) return true;
    for (const [queue, takings] of takers) {
      if (takings.some(({ registered }) => registered !== queue.id)) return true;
      if (queue.available > 0 && queue.restsUntilMs <= monotonicMs && takings.some(wants)) return true;
    }
    return false;
  }

  run(tx: Transaction): void {
    this.#leave(tx);
    const takers = this.#takers();
    if (takers.size > 0) this.#wakePutOff(tx);
    this.#turn += 1;
    for (const [queue, takings] of takers) {
      for (const taking of takings) this.#register(taking, queue, tx);
      const wanting = takings.filter(wants);
      if (wanting.length > 0 && queue.available > 0 && queue.restsUntilMs <= tx.monotonicMs)
        this.#hand(queue, wanting, tx);
    }
  }

  #takers(): ReadonlyMap<QueueView, readonly Taker[]> {
    const takers = new Map<QueueView, Taker[]>();
    for (const session of this.#sessions.values()) {
      for (const taking of session.takings.values()) {
        const queue = session.flow.queues.get(taking.queue);
        if (queue === undefined) continue;
        const found = takers.get(queue);
        if (found === undefined) takers.set(queue, [taking]);
        else found.push(taking);
      }
    }
    return takers;
  }

  #register(taking: Taker, queue: QueueView, tx: Transaction): void {
    if (taking.registered === queue.id && !tx.lost.has(taking.session)) return;
    const number = this.#leases.numberOf(taking.session, tx);
    const isNew = this.#file
      .prepare('insert or ignore into taker (queue, session) values (?, ?)')
      .run(queue.id, number);
    queue.takers += isNew;
    tx.after(() => (taking.registered = queue.id));
  }

  #leave(tx: Transaction): void {
    for (const { left, number } of this.#sessions.values()) {
      if (left.size === 0 || number === undefined) continue;
      for (const queue of left) {
        this.#file.prepare('delete from taker where queue = ? and session = ?').run(queue, number);
        const view = this.#views.queues.get(queue);
        if (view !== undefined) view.takers -= 1;
      }
      tx.after(() => left.clear());
    }
  }

  #hand(queue: QueueView, takings: readonly Taker[], tx: Transaction): void {
    const wanted = takings.reduce((sum, { credit }) => sum + credit, 0);
    const share = this.#shareOf(queue, wanted);
    const rows = this.#messages.first(queue.id, Math.min(queue.available, wanted, share, MAX_TAKEN));
    if (rows.length === 0) {
      queue.restsUntilMs = tx.monotonicMs + REST_MS;
      return;
    }
    queue.change(0, rows.length);
    if (rows.length >= share && share < wanted && queue.available > 0) {
      const isBusy = tx.monotonicMs - this.#busySinceMs > REST_MS;
      queue.restsUntilMs = tx.monotonicMs + (isBusy ? BUSY_REST_MS : REST_MS);
    }
    let from = 0;
    for (const [index, taking] of inTurns(takings, this.#turn).entries()) {
      const fair = Math.ceil((rows.length - from) / (takings.length - index));
      const count = Math.min(taking.credit, fair);
      if (count > 0) this.#give(queue, rows.slice(from, from + count), taking, tx);
      from += count;
    }
    // What was left over by those with little credit.
    if (from < rows.length) queue.change(0, from - rows.length);
  }

  #shareOf(queue: QueueView, wanted: number): number {
    const others = Math.max(1, queue.takers);
    const free = queue.available;
    return others === 1 || free >= wanted * others ? Infinity : Math.ceil(free / others);
  }

  #give(queue: QueueView, rows: readonly SqlRecord[], taking: Taker, tx: Transaction): void {
    const { session } = taking;
    this.#messages.hold(queue.id, Number(rows.at(-1)!['seq']), this.#leases.numberOf(session, tx));
    tx.after(() => {
      for (const row of rows) this.#deliver(queue, row, taking, tx);
    });
  }

  #deliver(queue: QueueView, row: SqlRecord, taking: Taker, tx: Transaction): void {
    const { session } = taking;
    this.#deliveries += 1;
    const delivery = this.#deliveries;
    taking.credit -= 1;
    session.held.set(delivery, {
      delivery,
      seq: Number(row['seq']),
      queue: queue.name,
      taking,
      sinceMs: tx.monotonicMs,
      isStartCounted: false,
      lapsesMs: undefined,
      isSettling: false,
    });
    const redelivered = row['redelivered'] === 1;
    tx.post({
      kind: 'delivery',
      session: session.id,
      delivery: {
        delivery,
        taking: taking.id,
        id: String(row['id']),
        queue: queue.name,
        head: textOut(row['head']),
        body: textOut(row['body']),
        redelivered,
        starts: redelivered ? Number(row['starts']) : 0,
        resumeAttempt: Number(row['attempt']),
        storedMs: Number(row['stored']),
      },
    });
  }

  #wakePutOff(tx: Transaction): void {
    if (this.#nextDueMs === undefined || this.#nextDueMs > tx.nowMs) return;
    for (const queue of this.#views.queues.values()) {
      if (queue.putOff === 0) continue;
      const woken = this.#file
        .prepare(`update message set holder = 0, due = null where queue = ? and holder = -1 and ${live()} and due <= ?`)
        .run(queue.id, tx.nowMs);
      queue.change(0, 0, -woken);
    }
    tx.after(() => this.refresh());
  }
}

function wants({ credit, session }: Taker): boolean {
  return credit > 0 && !session.isClosing;
}

/** Another one comes first each time. */
function inTurns(takings: readonly Taker[], turn: number): readonly Taker[] {
  const first = turn % takings.length;
  return [...takings.slice(first), ...takings.slice(0, first)];
}
