import { FlowError } from '../../../index.js';
import { carrierClosed, leaseLost } from '../../carrier/carrier-errors.js';
import type { CarrierState } from '../../carrier/carrier.js';
import { resultCode, RESULT } from '../../../store/sqlite/database.js';
import { sendError } from '../../../store/thread/thread-protocol.js';
import type { Call, Report, Request, SettleCall } from '../thread-protocol.js';
import { isCorrupt } from '../../../store/sqlite/store-error.js';
import type { CarrierFile } from './carrier-file.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { DocumentTable } from './document-table.js';
import { FlowViews, type QueueView } from './flow-view.js';
import { HandOut } from './hand-out.js';
import { LeaseBook } from './lease-book.js';
import { MessageTable } from './message-table.js';
import { isDurable, needOf, NoRoom, operate, type Tables } from './operations.js';
import { RecordTable } from './record-table.js';
import { SessionDesk } from './session-desk.js';
import { Transaction } from './transaction.js';
import { Upkeep } from './upkeep.js';

/** Of one transaction, in milliseconds: others are to have their turn (H15). */
const TURN_MS = 8;
const MAX_CALLS = 500;
const BUSY_POLL_MS = 2;
const IDLE_POLL_MS = 25;
/** After this without anything to do, it looks less often. */
const BUSY_MS = 100;
const PLACE_CHECK_MS = 100;
const RETRY_MS = 100;

/** A call that waits for room. */
interface Waiting {
  readonly call: Call;
  queue: QueueView;
}

/** Works on the file for all sessions of a process: calls that have come together go into one transaction, and are answered when it is stored. */
export class Engine {
  readonly #tables: Tables;
  readonly #desk: SessionDesk;
  readonly #handOut: HandOut;
  readonly #upkeep: Upkeep;
  readonly #flush: (reports: readonly Report[]) => void;
  #reports: Report[] = [];
  #inbox: Call[] = [];
  #waiting: Waiting[] = [];
  #state: CarrierState = { state: 'up' };
  #isScheduled = false;
  /** What others have written has not been read. */
  #isStale = true;
  /** So many calls are tried one by one, as one of them fails all others. */
  #single = 0;
  #placeCheckedMs = 0;
  #workedMs = 0;
  #busySinceMs = Infinity;
  #retryMs = 0;
  #mustReopen = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: CarrierFile, ns: string, flush: (reports: readonly Report[]) => void) {
    this.#flush = flush;
    const views = new FlowViews(file, ns);
    const messages = new MessageTable(file, views);
    const records = new RecordTable(file, ns);
    this.#desk = new SessionDesk(views, records, (report) => this.#reports.push(report));
    const { sessions } = this.#desk;
    const leases = new LeaseBook(file, views, messages, sessions);
    const [documents, dead] = [new DocumentTable(file, ns), new DeadLetterTable(file)];
    this.#tables = { file, views, messages, records, documents, dead, leases };
    this.#handOut = new HandOut(file, views, messages, leases, sessions);
    this.#upkeep = new Upkeep(file);
    this.#setTimer();
  }

  receive(requests: readonly Request[]): void {
    for (const request of requests) {
      if (request.kind === 'call') this.#inbox.push(request);
      else if (request.kind === 'close') this.#close(request.session);
      else if (this.#desk.handle(request)) this.#isStale = true;
    }
    this.#schedule();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#tables.file.close();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work();
    });
  }

  #setTimer(): void {
    const isBusy = performance.now() - this.#workedMs < BUSY_MS;
    if (!isBusy) this.#busySinceMs = Infinity;
    this.#handOut.busySince(this.#busySinceMs);
    this.#timer = setTimeout(() => {
      this.#work();
      this.#setTimer();
    }, isBusy ? BUSY_POLL_MS : IDLE_POLL_MS);
  }

  #worked(nowMs: number): void {
    this.#workedMs = nowMs;
    if (this.#busySinceMs === Infinity) this.#busySinceMs = nowMs;
  }

  /** Looks at what there is to do, and does a part of it. */
  #work(): void {
    const nowMs = performance.now();
    let batch: readonly Call[] = [];
    try {
      if (this.#state.state === 'down' && nowMs < this.#retryMs) return;
      this.#checkPlace(nowMs);
      if (this.#mustReopen) this.#reopen();
      if (this.#tables.file.hasChanged() || this.#isStale) this.#refresh();
      batch = this.#nextBatch(nowMs);
      this.#turn(batch, nowMs);
      if (this.#single > 0) this.#single = Math.max(0, this.#single - Math.max(1, batch.length));
    } catch (error) {
      this.#inbox.unshift(...batch);
      this.#trouble(error, batch);
    } finally {
      this.#say();
    }
  }

  #turn(batch: readonly Call[], monotonicMs: number): void {
    const isProbe = this.#state.state !== 'up' && monotonicMs >= this.#retryMs;
    const mustWrite = isProbe || this.#mustWrite(monotonicMs) || batch.some((call) => needOf(call) !== 'read');
    if (!mustWrite && batch.length === 0) return;
    const tx = new Transaction((report) => this.#reports.push(report));
    const { file } = this.#tables;
    const canStore = mustWrite && (this.#state.state === 'up' || isProbe);
    try {
      if (mustWrite) {
        const durable = batch.some(isDurable) || (canStore && this.#waiting.length > 0);
        const giveUpMs = this.#state.state === 'down' ? 0 : undefined;
        file.write(durable, (othersWrote) => this.#write(tx, batch, othersWrote, canStore), giveUpMs);
      } else file.read(() => batch.forEach((call) => this.#do(tx, call)));
    } catch (error) {
      tx.failed();
      throw error;
    }
    tx.done();
    if (batch.length > 0) this.#worked(monotonicMs);
    if (isProbe) this.#become({ state: 'up' });
    this.#forgetLost();
    this.#handOut.putOff(tx.dueMs);
    if (tx.hasRecords) this.#desk.tellRecords();
    if (tx.hasCasts) this.#desk.tellCasts();
    this.#tellRoom();
    if (this.#inbox.length > 0 || this.#handOut.isDue(performance.now(), Date.now())) this.#schedule();
  }

  #write(tx: Transaction, batch: readonly Call[], othersWrote: boolean, canStore: boolean): void {
    const { views, leases } = this.#tables;
    if (othersWrote || this.#isStale) {
      views.load();
      this.#handOut.refresh();
      // It counts only when this transaction does.
      this.#isStale = true;
      tx.after(() => (this.#isStale = false));
    }
    leases.keep(tx);
    const untilMs = performance.now() + TURN_MS;
    for (const [index, call] of batch.entries()) {
      if (performance.now() > untilMs && index > 0) {
        const rest = batch.slice(index);
        tx.after(() => this.#inbox.unshift(...rest));
        break;
      }
      // It changes queues, whose counters are to be those of the file.
      if (call.name === 'provision') views.flush();
      this.#do(tx, call);
      if (call.name === 'provision') views.load();
    }
    if (canStore) this.#retryWaiting(tx);
    this.#handOut.run(tx);
    if (this.#upkeep.isDue(tx.monotonicMs)) this.#upkeep.run(tx);
    views.flush();
  }

  #do(tx: Transaction, call: Call): void {
    const session = this.#desk.sessions.get(call.session);
    if (session === undefined) return;
    try {
      // Whoever waits for the same queue comes first.
      const ahead = call.name === 'put' ? this.#waiting.find(({ queue }) => queue.name === queueNameOf(call) && queue.flow === session.flow) : undefined;
      const result = ahead === undefined ? operate(this.#tables, tx, session, call) : new NoRoom(ahead.queue);
      if (call.name === 'put') tx.after(() => this.#desk.hasPut(session, queueNameOf(call)));
      if (!(result instanceof NoRoom)) return tx.answer(call, result);
      const { queue } = result;
      this.#waiting.push({ call, queue });
      tx.undo(() => (this.#waiting = this.#waiting.filter((waiting) => waiting.call !== call)));
      if (call.name === 'put') tx.after(() => this.#desk.noRoom(session, queue.name));
    } catch (error) {
      if (!FlowError.is(error)) throw error;
      tx.refuse(call, error);
    }
  }

  /** What waits for room, in the order in which it came. */
  #retryWaiting(tx: Transaction): void {
    const over = new Set<Waiting>();
    for (const waiting of this.#waiting) {
      const { call } = waiting;
      const session = this.#desk.sessions.get(call.session);
      const queue = session?.flow.queues.get(waiting.queue.name);
      if (session !== undefined && queue !== undefined && queue.room <= 0 && !isIntoOwn(call, session.held)) continue;
      const held = call.name === 'settle' ? session?.held.get((call.args as [SettleCall])[0].delivery) : undefined;
      if (held !== undefined) held.isSettling = false;
      try {
        const result = session === undefined ? undefined : operate(this.#tables, tx, session, call);
        if (result instanceof NoRoom) {
          waiting.queue = result.queue;
          continue;
        }
        if (session !== undefined) tx.answer(call, result);
      } catch (error) {
        if (held !== undefined) held.isSettling = true;
        if (!FlowError.is(error)) throw error;
        tx.refuse(call, error);
      }
      over.add(waiting);
      if (held !== undefined) tx.undo(() => (held.isSettling = true));
    }
    if (over.size > 0) tx.after(() => (this.#waiting = this.#waiting.filter((each) => !over.has(each))));
  }

  /** Settlements of what is another's by now wait for nothing. */
  #forgetLost(): void {
    this.#waiting = this.#waiting.filter(({ call }) => {
      if (call.name !== 'settle') return true;
      const [{ delivery }] = call.args as [SettleCall];
      const held = this.#desk.sessions.get(call.session)?.held.get(delivery);
      if (held !== undefined) return true;
      const error = sendError(leaseLost({ id: '', queue: '' }));
      this.#reports.push({ kind: 'refusal', session: call.session, id: call.id, error });
      return false;
    });
  }

  #nextBatch(monotonicMs: number): readonly Call[] {
    const isFull = this.#state.state === 'full' && monotonicMs < this.#retryMs;
    const batch: Call[] = [];
    const rest: Call[] = [];
    const most = this.#single > 0 ? 1 : MAX_CALLS;
    for (const call of this.#inbox) {
      const isAlone = call.name === 'provision';
      if (batch.length >= most || (isAlone && batch.length > 0) || batch[0]?.name === 'provision') rest.push(call);
      else if (isFull && needOf(call) === 'store') rest.push(call);
      else batch.push(call);
    }
    this.#inbox = rest;
    return batch;
  }

  #mustWrite(monotonicMs: number): boolean {
    const nowMs = Date.now();
    return (
      this.#tables.leases.isDue(monotonicMs, nowMs) ||
      this.#handOut.isDue(monotonicMs, nowMs) ||
      this.#upkeep.isDue(monotonicMs) ||
      (this.#state.state === 'up' && this.#waiting.some(({ queue }) => queue.room > 0))
    );
  }

  /** Others have written. */
  #refresh(): void {
    this.#tables.views.load();
    this.#handOut.refresh();
    this.#isStale = false;
    this.#worked(performance.now());
    this.#desk.tellRecords();
    this.#desk.tellCasts();
    this.#tellRoom();
  }

  #tellRoom(): void {
    this.#desk.tellRoom((session, queue) =>
      this.#waiting.some(({ call, queue: { name } }) => call.session === session && name === queue),
    );
  }

  #checkPlace(monotonicMs: number): void {
    if (this.#inbox.length === 0 && monotonicMs - this.#placeCheckedMs < PLACE_CHECK_MS) return;
    this.#placeCheckedMs = monotonicMs;
    const { file } = this.#tables;
    const place = file.place();
    if (place === 'gone') throw new FlowError('STORE_UNAVAILABLE', { message: `The file ${JSON.stringify(file.file)} is not there any more` });
    if (place === 'another') this.#mustReopen = true;
    const problem = this.#upkeep.journalProblem();
    if (problem !== undefined) this.#reports.push({ kind: 'problem', error: sendError(problem) });
  }

  #reopen(): void {
    this.#tables.file.reopen();
    this.#mustReopen = false;
    this.#isStale = true;
  }

  /** A transaction has failed: nothing of it is stored. */
  #trouble(error: unknown, batch: readonly Call[]): void {
    this.#isStale = true;
    const code = resultCode(error);
    const detail = error instanceof Error ? error.message : String(error);
    this.#retryMs = performance.now() + RETRY_MS;
    if (code === RESULT.FULL) return this.#become({ state: 'full', detail });
    if (isCorrupt(error)) this.#mustReopen = true;
    const isOfFile = code !== undefined && code !== RESULT.CONSTRAINT && code !== RESULT.TOOBIG && code !== RESULT.MISMATCH;
    if (isOfFile || FlowError.is(error) || batch.length === 0) return this.#become({ state: 'down', detail });
    // One of the calls: it fails alone.
    if (batch.length === 1) {
      const [call] = batch as [Call];
      this.#inbox.shift();
      this.#reports.push({ kind: 'refusal', session: call.session, id: call.id, error: sendError(error) });
    } else this.#single = batch.length;
    this.#schedule();
  }

  #become(state: CarrierState): void {
    if (state.state === this.#state.state) return;
    this.#state = state;
    this.#reports.push({ kind: 'state', state });
  }

  /** What a session has under way is refused, and what it holds goes back if that can be. */
  #close(id: number): void {
    const session = this.#desk.sessions.get(id);
    if (session === undefined) return;
    const calls = [...this.#inbox, ...this.#waiting.map(({ call }) => call)].filter((call) => call.session === id);
    const error = sendError(carrierClosed(session.flow.name));
    for (const call of calls) this.#reports.push({ kind: 'refusal', session: id, id: call.id, error });
    this.#inbox = this.#inbox.filter((call) => call.session !== id);
    this.#waiting = this.#waiting.filter(({ call }) => call.session !== id);
    let held = session.held.size;
    if (this.#state.state !== 'down') {
      const tx = new Transaction((report) => this.#reports.push(report));
      try {
        this.#tables.file.write(false, (othersWrote) => {
          if (othersWrote || this.#isStale) this.#tables.views.load();
          this.#tables.leases.leave(session, tx);
          this.#tables.views.flush();
        });
        tx.done();
        held = 0;
      } catch {
        tx.failed();
        this.#isStale = true;
      }
    }
    this.#desk.remove(id);
    this.#reports.push({ kind: 'closed', session: id, held });
    this.#say();
  }

  #say(): void {
    if (this.#reports.length === 0) return;
    const reports = this.#reports;
    this.#reports = [];
    this.#flush(reports);
  }
}

function queueNameOf(call: Call): string {
  return (call.args[0] as { readonly queue: string }).queue;
}

/** Whether a settlement brings something into the queue that it ends a message of. */
function isIntoOwn(call: Call, held: ReadonlyMap<number, { readonly queue: string }>): boolean {
  if (call.name !== 'settle') return false;
  const [{ delivery, departures }] = call.args as [SettleCall];
  const queue = held.get(delivery)?.queue;
  return departures.some((departure) => departure.queue === queue);
}
