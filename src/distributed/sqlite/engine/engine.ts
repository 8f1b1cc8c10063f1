import { FlowError } from '../../../index.js';
import { carrierClosed, leaseLost } from '../../carrier/carrier-errors.js';
import type { CarrierState } from '../../carrier/carrier.js';
import { sendError } from '../../../store/thread/thread-protocol.js';
import type { Call, Report, Request } from '../thread-protocol.js';
import { fileError, type CarrierFile } from './carrier-file.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { DocumentTable } from './document-table.js';
import { FlowViews } from './flow-view.js';
import { HandOut } from './hand-out.js';
import { Inbox } from './inbox.js';
import { LeaseBook } from './lease-book.js';
import { MessageTable } from './message-table.js';
import { isDurable, needOf, NoRoom, operate, type Tables } from './operations.js';
import { Pace } from './pace.js';
import { RecordTable } from './record-table.js';
import { queueNameOf, RoomWaits } from './room-waits.js';
import { SessionDesk } from './session-desk.js';
import { Transaction } from './transaction.js';
import { detailOf, troubleOf } from './trouble.js';
import { Upkeep } from './upkeep.js';

/** Of one transaction, in milliseconds: others are to have their turn (H15). */
const TURN_MS = 8;
const PLACE_CHECK_MS = 100;
const RETRY_MS = 100;

/** Works on the file for all sessions of a process: calls that have come together go into one transaction, and are answered when it is stored. */
export class Engine {
  readonly #tables: Tables;
  readonly #desk: SessionDesk;
  readonly #handOut: HandOut;
  readonly #upkeep: Upkeep;
  readonly #flush: (reports: readonly Report[]) => void;
  #reports: Report[] = [];
  readonly #inbox = new Inbox();
  readonly #waits = new RoomWaits();
  #state: CarrierState = { state: 'up' };
  #isScheduled = false;
  /** What others have written has not been read. */
  #isStale = true;
  #placeCheckedMs = 0;
  readonly #pace = new Pace();
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
    const run = (): void => {
      this.#isScheduled = false;
      this.#work();
    };
    const { gatherMs } = this.#pace;
    if (gatherMs > 0) setTimeout(run, gatherMs);
    else setImmediate(run);
  }

  #setTimer(): void {
    this.#handOut.busySince(this.#pace.busySinceMs);
    this.#timer = setTimeout(() => {
      this.#work();
      this.#setTimer();
    }, this.#pace.pollMs);
  }

  /** Looks at what there is to do, and does a part of it. */
  #work(): void {
    const nowMs = performance.now();
    let batch: readonly Call[] = [];
    try {
      if (this.#state.state === 'down' && nowMs < this.#retryMs) return;
      this.#checkPlace(nowMs);
      if (this.#mustReopen) {
        this.#tables.file.reopen();
        this.#mustReopen = false;
        this.#isStale = true;
      }
      if (this.#tables.file.hasChanged() || this.#isStale) this.#refresh();
      batch = this.#inbox.take(this.#state.state === 'full' && nowMs < this.#retryMs);
      this.#turn(batch, nowMs);
    } catch (error) {
      this.#inbox.putBack(batch);
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
        const durable = batch.some(isDurable) || (canStore && this.#waits.size > 0);
        const giveUpMs = this.#state.state === 'down' ? 0 : undefined;
        file.write(durable, (othersWrote) => this.#write(tx, batch, othersWrote, canStore), giveUpMs);
      } else {
        file.read(() => {
          for (const call of batch) this.#do(tx, call);
        });
      }
    } catch (error) {
      tx.failed();
      throw error;
    }
    if (mustWrite) this.#pace.wrote(monotonicMs);
    tx.done();
    if (batch.length > 0) this.#pace.worked(monotonicMs);
    if (isProbe) this.#become({ state: 'up' });
    for (const call of this.#waits.takeLost()) this.#refuse(call, leaseLost({ id: '', queue: '' }));
    this.#handOut.putOff(tx.dueMs);
    if (tx.hasRecords) this.#desk.tellRecords();
    if (tx.hasCasts) this.#desk.tellCasts();
    this.#desk.tellRoom(this.#waits);
    if (this.#inbox.size > 0 || this.#handOut.isDue(performance.now(), Date.now())) this.#schedule();
  }

  #write(tx: Transaction, batch: readonly Call[], othersWrote: boolean, canStore: boolean): void {
    const { views, leases, messages } = this.#tables;
    messages.begin(batch.length <= 1);
    tx.undo(() => messages.begin(true));
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
        tx.after(() => this.#inbox.putBack(rest));
        break;
      }
      // It changes queues, whose counters are to be those of the file.
      if (call.name === 'provision') views.flush();
      this.#do(tx, call);
      if (call.name === 'provision') views.load();
    }
    messages.flush();
    if (canStore) this.#waits.retry(tx, (session, call) => operate(this.#tables, tx, session, call));
    messages.flush();
    this.#handOut.run(tx);
    if (this.#upkeep.isDue(tx.monotonicMs)) this.#upkeep.run(tx);
    views.flush();
  }

  #do(tx: Transaction, call: Call): void {
    const session = this.#desk.sessions.get(call.session);
    if (session === undefined) return;
    try {
      const ahead = this.#waits.ahead(session, call);
      const result = ahead === undefined ? operate(this.#tables, tx, session, call) : new NoRoom(ahead);
      if (call.name === 'put') tx.after(() => this.#desk.hasPut(session, queueNameOf(call.args)));
      if (!(result instanceof NoRoom)) return tx.answer(call, result);
      const { queue } = result;
      this.#waits.add(tx, session, call, queue);
      if (call.name === 'put') tx.after(() => this.#desk.noRoom(session, queue.name));
    } catch (error) {
      if (!FlowError.is(error)) throw error;
      tx.refuse(call, error);
    }
  }

  #mustWrite(monotonicMs: number): boolean {
    const nowMs = Date.now();
    return (
      this.#tables.leases.isDue(monotonicMs, nowMs) ||
      this.#handOut.isDue(monotonicMs, nowMs) ||
      this.#upkeep.isDue(monotonicMs) ||
      (this.#state.state === 'up' && this.#waits.mayGo)
    );
  }

  /** Others have written. */
  #refresh(): void {
    this.#tables.views.load();
    this.#handOut.refresh();
    this.#isStale = false;
    this.#pace.worked(performance.now());
    this.#desk.tellRecords();
    this.#desk.tellCasts();
    this.#desk.tellRoom(this.#waits);
  }

  #checkPlace(monotonicMs: number): void {
    if (this.#inbox.size === 0 && monotonicMs - this.#placeCheckedMs < PLACE_CHECK_MS) return;
    this.#placeCheckedMs = monotonicMs;
    const { file } = this.#tables;
    const place = file.place();
    if (place === 'gone') throw fileError('STORE_UNAVAILABLE', file.file, 'it is not there any more');
    if (place === 'another') this.#mustReopen = true;
    for (const { flow, error } of this.#upkeep.problems(monotonicMs)) {
      this.#reports.push({ kind: 'problem', error: sendError(error), session: this.#desk.oneOf(flow) });
    }
  }

  /** A transaction has failed: nothing of it is stored. */
  #trouble(error: unknown, batch: readonly Call[]): void {
    this.#isStale = true;
    this.#retryMs = performance.now() + RETRY_MS;
    const trouble = troubleOf(error);
    if (trouble === 'damaged') this.#mustReopen = true;
    if (trouble === 'full') return this.#become({ state: 'full', detail: detailOf(error) });
    if (trouble !== 'calls' || batch.length === 0) return this.#become({ state: 'down', detail: detailOf(error) });
    const [call] = batch as [Call];
    if (batch.length > 1) this.#inbox.oneByOne(batch.length);
    else {
      this.#inbox.drop(call);
      this.#refuse(call, error);
    }
    this.#schedule();
  }

  #refuse({ session, id }: Call, error: unknown): void {
    this.#reports.push({ kind: 'refusal', session, id, error: sendError(error) });
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
    const error = carrierClosed(session.flow.name);
    for (const call of [...this.#inbox.takeAll(id), ...this.#waits.takeAll(id)]) this.#refuse(call, error);
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
