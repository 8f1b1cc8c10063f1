import type { CarrierFile } from './carrier-file.js';
import type { FlowViews } from './flow-view.js';
import type { MessageTable } from './message-table.js';
import type { Held, ThreadSession } from './thread-session.js';
import type { Transaction } from './transaction.js';

/** Of a lease, how often it is renewed. */
const RENEWALS_PER_LEASE = 4;
/** How often the leases of others are looked at, at most and at least, in milliseconds. */
const MIN_REAP_MS = 50;
const MAX_REAP_MS = 500;
const HOLD_CHECK_MS = 50;

/**
 * The leases (D9): a session has one for all that it holds. Others take away what a session holds whose lease is over by the wall clock; a session finds by both clocks that it
 * stood still, before it does anything else.
 */
export class LeaseBook {
  readonly #file: CarrierFile;
  readonly #views: FlowViews;
  readonly #messages: MessageTable;
  readonly #sessions: ReadonlyMap<number, ThreadSession>;
  #reapedMs = 0;
  #heldCheckedMs = 0;

  constructor(
    file: CarrierFile,
    views: FlowViews,
    messages: MessageTable,
    sessions: ReadonlyMap<number, ThreadSession>,
  ) {
    this.#file = file;
    this.#views = views;
    this.#messages = messages;
    this.#sessions = sessions;
  }

  /** Whether there is something to be written. */
  isDue(monotonicMs: number, nowMs: number): boolean {
    for (const session of this.#sessions.values()) {
      if (session.needsLease && session.number !== undefined && isRenewalDue(session, monotonicMs)) return true;
    }
    if (monotonicMs - this.#heldCheckedMs > HOLD_CHECK_MS && this.#overdue(monotonicMs).length > 0) return true;
    return this.#mustReap(monotonicMs, nowMs);
  }

  /** Renews what is ours, and gives up what is not any more. The first thing in each transaction. */
  keep(tx: Transaction): void {
    for (const session of this.#sessions.values()) {
      if (session.number === undefined) continue;
      if (isOver(session, tx)) this.#expire(session, tx);
      else if (session.needsLease && isRenewalDue(session, tx.monotonicMs)) this.#renew(session, tx);
    }
    this.#endHolds(tx);
    if (tx.monotonicMs - this.#reapedMs > this.#reapEveryMs) this.#reap(tx);
  }

  /** The number under which a session may hold something. */
  numberOf(session: ThreadSession, tx: Transaction): number {
    if (session.number !== undefined && !tx.lost.has(session)) return session.number;
    const found = this.#file
      .prepare('insert into session (flow, until) values (?, ?) returning session')
      .get(session.flow.id, tx.nowMs + session.flow.leaseMs);
    const number = Number(found?.['session']);
    // Of this transaction; it is forgotten when that fails, as the row is then.
    const former = session.number;
    session.number = number;
    tx.lost.delete(session);
    tx.undo(() => (session.number = former));
    tx.after(() => this.#renewed(session, tx));
    return number;
  }

  /** The session ends, and hands back what it has. */
  leave(session: ThreadSession, tx: Transaction): void {
    const { number } = session;
    if (number === undefined) return;
    this.#takeAway(number, session.flow.id, false);
    this.#forget(number);
    tx.after(() => (session.number = undefined));
  }

  #renew(session: ThreadSession, tx: Transaction): void {
    const changed = this.#file
      .prepare('update session set until = ? where session = ?')
      .run(tx.nowMs + session.flow.leaseMs, session.number!);
    if (changed === 0) this.#lose(session, tx);
    else tx.after(() => this.#renewed(session, tx));
  }

  #renewed(session: ThreadSession, tx: Transaction): void {
    session.renewedMs = tx.monotonicMs;
    session.renewedAtMs = tx.nowMs;
    session.leasedMs = session.flow.leaseMs;
  }

  #expire(session: ThreadSession, tx: Transaction): void {
    this.#takeAway(session.number!, session.flow.id, true);
    this.#forget(session.number!);
    this.#lose(session, tx);
  }

  #lose(session: ThreadSession, tx: Transaction): void {
    tx.lost.add(session);
    const held = [...session.held.values()];
    tx.after(() => {
      for (const each of held) {
        session.held.delete(each.delivery);
        if (each.lapsesMs === undefined) tellLost(tx, session, each, 'lost');
      }
      for (const taking of session.takings.values()) taking.registered = undefined;
      if (tx.lost.has(session)) session.number = undefined;
    });
  }

  /** Those that were held for too long are not renewed any more. */
  #endHolds(tx: Transaction): void {
    for (const [session, held] of this.#overdue(tx.monotonicMs)) {
      if (tx.lost.has(session)) continue;
      const lapsesMs = tx.nowMs + session.flow.leaseMs;
      this.#file
        .prepare('update message set lapse = ? where seq = ? and holder = ?')
        .run(lapsesMs, held.seq, session.number!);
      tx.after(() => {
        held.lapsesMs = lapsesMs;
        tellLost(tx, session, held, 'held_too_long');
      });
    }
    for (const session of this.#sessions.values()) {
      for (const held of session.held.values()) {
        if ((held.lapsesMs ?? Infinity) > tx.nowMs) continue;
        tx.after(() => session.held.delete(held.delivery));
        // Its process did not say a word in all that time: it is blocked, and would keep it for as long once more.
        const queue = session.flow.queues.get(held.queue);
        if (queue !== undefined) queue.restsUntilMs = tx.monotonicMs + session.flow.leaseMs;
      }
    }
    this.#heldCheckedMs = tx.monotonicMs;
  }

  #overdue(monotonicMs: number): readonly (readonly [ThreadSession, Held])[] {
    const overdue: [ThreadSession, Held][] = [];
    for (const session of this.#sessions.values()) {
      for (const held of session.held.values()) {
        const isOverdue = monotonicMs - held.sinceMs >= held.taking.maxHoldMs;
        if (isOverdue && held.lapsesMs === undefined) overdue.push([session, held]);
      }
    }
    return overdue;
  }

  get #reapEveryMs(): number {
    const leases = [...this.#sessions.values()].map(({ flow }) => flow.leaseMs);
    return Math.max(MIN_REAP_MS, Math.min(MAX_REAP_MS, Math.min(...leases) / 8));
  }

  #mustReap(monotonicMs: number, nowMs: number): boolean {
    if (monotonicMs - this.#reapedMs <= this.#reapEveryMs) return false;
    const found =
      this.#file.prepare('select 1 from session where until < ? limit 1').get(nowMs) ??
      this.#file.prepare('select 1 from message where lapse < ? limit 1').get(nowMs);
    if (found === undefined) this.#reapedMs = monotonicMs;
    return found !== undefined;
  }

  /** Gives to others what is held by those who are gone. */
  #reap(tx: Transaction): void {
    tx.after(() => (this.#reapedMs = tx.monotonicMs));
    const own = new Set([...this.#sessions.values()].map(({ number }) => number));
    const gone = this.#file.prepare('select session, flow from session where until < ?').all(tx.nowMs);
    for (const row of gone) {
      const number = Number(row['session']);
      if (own.has(number)) continue;
      this.#takeAway(number, Number(row['flow']), true);
      this.#forget(number);
    }
    const lapsed = this.#file.prepare('select seq, queue from message where lapse < ? limit 500').all(tx.nowMs);
    for (const row of lapsed) {
      this.#file
        .prepare('update message set holder = 0, lapse = null, redelivered = 1 where seq = ?')
        .run(Number(row['seq']));
      this.#views.handedBack(Number(row['queue']), 1);
    }
  }

  #takeAway(number: number, flow: number, isRedelivery: boolean): void {
    for (const [queue, count] of this.#messages.takeAway(flow, number, isRedelivery)) {
      this.#views.handedBack(queue, count);
    }
  }

  #forget(number: number): void {
    this.#file.prepare('delete from session where session = ?').run(number);
    this.#file.prepare('delete from taker where session = ?').run(number);
  }
}

function isRenewalDue({ flow, leasedMs, renewedMs }: ThreadSession, monotonicMs: number): boolean {
  return monotonicMs - renewedMs >= Math.min(flow.leaseMs, leasedMs) / RENEWALS_PER_LEASE;
}

/** Whether no renewal has gone out for a lease, by either clock. */
function isOver({ leasedMs, renewedMs, renewedAtMs }: ThreadSession, tx: Transaction): boolean {
  return tx.monotonicMs - renewedMs >= leasedMs || tx.nowMs - renewedAtMs >= leasedMs;
}

function tellLost(tx: Transaction, session: ThreadSession, held: Held, why: 'lost' | 'held_too_long'): void {
  tx.post({ kind: 'lost', session: session.id, delivery: held.delivery, why });
}
