import { FlowError } from '../../index.js';
import { receiveError } from '../../store/thread/thread-protocol.js';
import { tooLarge } from '../carrier/carrier-errors.js';
import type { CarrierPlan, ProvisionDiff } from '../carrier/carrier-plan.js';
import type { CarrierAbilities, CarrierSession, DeadLetters, TakeOptions, Taking } from '../carrier/carrier-session.js';
import type { SessionOptions } from '../carrier/carrier.js';
import type { DeadLetterQuery, Delivery, OutMessage, QueueState, Settlement } from '../carrier/messages.js';
import type { RecordTopic, StoredDocument, StoredRecord, Subscription } from '../carrier/records.js';
import { invalidOption } from '../option-check.js';
import type { CarrierThread } from './carrier-thread.js';
import { Holdings } from './holdings.js';
import { PutSide, type PutDone } from './put-side.js';
import { safely, SessionLine } from './session-line.js';
import type { Report } from './thread-protocol.js';

/** The most that head and body of a message may have together. */
const MAX_BYTES = 1_048_576;
const MAX_LETTERS = 1_000;

/** A session as the process sees it; what it does is done in the thread. */
export class SqliteSession implements CarrierSession {
  readonly can: CarrierAbilities = Object.freeze({ atomicSettle: true, maxBytes: MAX_BYTES });
  readonly #options: SessionOptions;
  readonly #line: SessionLine;
  readonly #holdings: Holdings;
  readonly #puts: PutSide;
  readonly #left: () => Promise<void>;
  readonly #listeners = new Map<number, (report: Report) => void>();
  #closing: Promise<void> | undefined;
  #whenClosed: ((held: number) => void) | undefined;

  /** @param left - called when it is closed */
  constructor(thread: CarrierThread, options: SessionOptions, left: () => Promise<void>) {
    this.#options = options;
    this.#left = left;
    this.#line = new SessionLine(
      thread,
      options.flow,
      (report) => this.#told(report),
      () => this.#ended(),
    );
    this.#holdings = new Holdings(this.#line, MAX_BYTES);
    this.#puts = new PutSide((message, done) =>
      this.#line.send(
        'put',
        [message],
        (duplicate) => done(undefined, duplicate),
        (error) => done(error, false),
      ),
    );
    const { state } = thread;
    if (state.state !== 'up') queueMicrotask(() => options.onState?.(state));
  }

  readonly dead: DeadLetters = {
    list: async (query = {}) => this.#line.call('deadList', checked(query)),
    read: async (id) => this.#line.call('deadRead', id),
    discard: async (ids) => this.#line.call('deadDiscard', [...ids]),
  };

  async provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): Promise<ProvisionDiff> {
    return this.#line.call('provision', plan, mode);
  }

  now(): number {
    return Date.now();
  }

  put(message: OutMessage, done: PutDone): boolean {
    const error = this.#line.isClosed ? this.#line.closedError() : tooLarge(message, MAX_BYTES);
    if (error === undefined) return this.#puts.put(message, done);
    queueMicrotask(() => done(error, false));
    return true;
  }

  whenRoom(queue: string, callback: () => void): void {
    if (this.#line.isClosed) queueMicrotask(callback);
    else this.#puts.whenRoom(queue, callback);
  }

  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): Taking {
    return this.#holdings.take(queue, options, on);
  }

  settle(delivery: Delivery, outcome: Settlement): Promise<void> {
    return this.#holdings.settle(delivery, outcome);
  }

  release(deliveries: readonly Delivery[]): Promise<void> {
    return this.#holdings.release(deliveries);
  }

  later(delivery: Delivery, delayS: number, resumeAttempt: number): Promise<void> {
    return this.#holdings.later(delivery, delayS, resumeAttempt);
  }

  countStart(delivery: Delivery): Promise<number> {
    return this.#holdings.countStart(delivery);
  }

  onLost(callback: (delivery: Delivery, why: 'lost' | 'held_too_long') => void): void {
    this.#holdings.onLost(callback);
  }

  doc(key: string): Promise<StoredDocument | undefined> {
    return this.#line.call('doc', key);
  }

  writeDoc(key: string, body: string, rev: number, ttlS?: number): Promise<boolean> {
    return this.#line.call('writeDoc', key, body, rev, ttlS);
  }

  deleteDoc(key: string, rev: number): Promise<boolean> {
    return this.#line.call('deleteDoc', key, rev);
  }

  docs(prefix: string): Promise<readonly StoredDocument[]> {
    return this.#line.call('docs', prefix);
  }

  record(topic: RecordTopic, key: string, id: string, body: string, ttlS?: number): Promise<void> {
    return this.#line.call('record', topic, key, id, body, ttlS);
  }

  records(topic: RecordTopic, prefix: string, from: 'start' | 'now', on: (record: StoredRecord) => void): Subscription {
    const listener = this.#line.thread.nextId();
    if (!this.#line.isClosed) {
      this.#line.thread.send({ kind: 'listen', session: this.#line.session, listener, topic, prefix, from });
    }
    return this.#subscribed(listener, (report) => {
      if (report.kind === 'record') on(report.record);
    });
  }

  recordsOf(topic: RecordTopic, key: string): Promise<readonly StoredRecord[]> {
    return this.#line.call('recordsOf', topic, key);
  }

  cast(topic: string, body: string): void {
    if (this.#line.isClosed || this.#line.thread.state.state === 'down') return;
    this.#line.send(
      'cast',
      [topic, body],
      () => {},
      () => {},
    );
  }

  hear(prefix: string, on: (topic: string, body: string) => void): Subscription {
    const listener = this.#line.thread.nextId();
    if (!this.#line.isClosed) {
      this.#line.thread.send({ kind: 'hear', session: this.#line.session, listener, prefix });
    }
    return this.#subscribed(listener, (report) => {
      if (report.kind === 'heard') on(report.topic, report.body);
    });
  }

  queues(): Promise<readonly QueueState[]> {
    return this.#line.call('queues');
  }

  close(drainMs: number): Promise<void> {
    return (this.#closing ??= this.#close(drainMs));
  }

  #subscribed(listener: number, on: (report: Report) => void): Subscription {
    if (!this.#line.isClosed) this.#listeners.set(listener, on);
    return {
      close: () => {
        if (this.#listeners.delete(listener)) {
          this.#line.thread.send({ kind: 'unlisten', session: this.#line.session, listener });
        }
      },
    };
  }

  async #close(drainMs: number): Promise<void> {
    const { thread, session } = this.#line;
    this.#holdings.stop();
    thread.send({ kind: 'closing', session });
    this.#line.send(
      'handBack',
      [],
      () => {},
      () => {},
    );
    const idle = this.#line.close();
    this.#puts.wakeAll();
    await this.#within(idle, drainMs);
    const held = await new Promise<number>((resolve) => {
      this.#whenClosed = resolve;
      if (thread.hasEnded) resolve(0);
      else thread.send({ kind: 'close', session });
    });
    this.#listeners.clear();
    if (held > 0) safely(() => this.#options.onProblem?.(notHandedBack(this.#line.flow, held)));
    thread.remove(session);
    await this.#left();
  }

  #within(idle: Promise<void>, drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, drainMs);
      void idle.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #told(report: Report): void {
    switch (report.kind) {
      case 'delivery':
        return this.#holdings.handedOut(report.delivery);
      case 'lost':
        return this.#holdings.lost(report.delivery, report.why);
      case 'room':
        return this.#puts.setRoom(report.queue, report.room);
      case 'record':
      case 'heard':
        return void (this.#line.isClosed || this.#listeners.get(report.listener)?.(report));
      case 'state':
        return this.#options.onState?.(report.state);
      case 'problem':
        return this.#options.onProblem?.(receiveError(report.error) as FlowError);
      case 'closed':
        return this.#whenClosed?.(report.held);
      default:
    }
  }

  /** The thread has ended by itself: nothing of the session goes on. */
  #ended(): void {
    this.#puts.wakeAll();
    this.#whenClosed?.(0);
    if (this.#closing !== undefined) return;
    safely(() => this.#options.onState?.({ state: 'down', detail: 'the thread of the carrier has ended' }));
    safely(() => this.#options.onProblem?.(this.#line.closedError()));
  }
}

function checked(query: DeadLetterQuery): DeadLetterQuery {
  const { queue, after = '0', limit = 100 } = query;
  if (!Number.isInteger(Number(after))) throw invalidOption('after', 'dead.list()', 'the id of a dead letter', after);
  if (!(limit >= 1)) throw invalidOption('limit', 'dead.list()', '>= 1', limit);
  return { after, limit: Math.min(Math.floor(limit), MAX_LETTERS), ...(queue === undefined ? undefined : { queue }) };
}

function notHandedBack(flow: string, held: number): FlowError {
  return new FlowError('CARRIER_CLOSED', {
    message: `${held} messages of flow "${flow}" could not be handed back, as the engine is away: others have them when their leases are over`,
    metadata: { flow, held },
  });
}
