import { timesOf } from '../distributed/carrier/carrier-times.js';
import type { NatsConnection } from '@nats-io/transport-node';

import { FlowError } from '../index.js';
import { carrierClosed } from '../distributed/carrier/carrier-errors.js';
import type {
  CarrierAbilities,
  CarrierPlan,
  CarrierSession,
  DeadLetters,
  Delivery,
  OutMessage,
  ProvisionDiff,
  QueueState,
  RecordTopic,
  SessionOptions,
  Settlement,
  StoredDocument,
  StoredRecord,
  Subscription,
  TakeOptions,
  Taking,
} from '../distributed/index.js';
import { Casts } from './casts.js';
import { DeadLetterStream } from './dead-letter-stream.js';
import { Documents } from './documents.js';
import { EngineClock } from './engine-clock.js';
import { NatsHoldings, notHandedBack, type WhyLost } from './nats-holdings.js';
import type { LeaseThread } from './lease-thread.js';
import { NatsLine } from './nats-line.js';
import type { Names } from './names.js';
import { Outcomes } from './outcomes.js';
import { Provisioning } from './provisioning.js';
import { NatsPuts } from './nats-puts.js';
import { queueStates } from './queue-states.js';
import { RecordLog } from './record-log.js';
import { Sender, type Done } from './sender.js';
import { ThreadRenewals } from './thread-renewals.js';

/** What headers and the reason of a dead letter may have. */
const RESERVED_BYTES = 64 * 1_024;
const DEFAULT_LEASE_MS = 15_000;

/** A connection of a process and a flow to a NATS server. */
export class NatsSession implements CarrierSession {
  readonly can: CarrierAbilities;
  readonly dead: DeadLetters;
  readonly #options: SessionOptions;
  readonly #line: NatsLine;
  readonly #provisioning: Provisioning;
  readonly #sender: Sender;
  readonly #puts: NatsPuts;
  readonly #holdings: NatsHoldings;
  readonly #clock: EngineClock;
  readonly #documents: Documents;
  readonly #records: RecordLog;
  readonly #casts: Casts;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #left: () => Promise<void>;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  /** @param left - called when it is closed */
  constructor(
    connection: NatsConnection,
    thread: LeaseThread,
    { names, replicas }: { readonly names: Names; readonly replicas: number },
    options: SessionOptions,
    left: () => Promise<void>,
  ) {
    const { flow } = options;
    this.#left = left;
    const maxBytes = (connection.info?.max_payload ?? 2 ** 20) - RESERVED_BYTES;
    this.can = Object.freeze({ atomicSettle: false, maxBytes });
    this.#options = options;
    this.#line = new NatsLine(
      connection,
      options.clock,
      () => carrierClosed(flow),
      (state) => options.onState?.(state),
    );
    const line = this.#line;
    this.#provisioning = new Provisioning(line, names, flow, replicas);
    this.#sender = new Sender(line, names, flow, this.#provisioning);
    this.#puts = new NatsPuts(line, this.#sender, maxBytes);
    const letters = new DeadLetterStream(line, names, flow);
    const outcomes = new Outcomes(this.#sender, letters, flow, maxBytes);
    const renewals = new ThreadRenewals(line, thread, DEFAULT_LEASE_MS, () => options.onProblem?.(threadEnded(flow)));
    this.#holdings = new NatsHoldings(line, names, flow, renewals, (held, outcome) => outcomes.store(held, outcome));
    this.#clock = new EngineClock(line, names);
    this.#documents = new Documents(line, names, this.#clock);
    this.#records = new RecordLog(line, names, this.#clock);
    this.#casts = new Casts(line, names);
    this.dead = {
      list: (query) => this.#call(() => letters.list(query)),
      read: (id) => this.#call(() => letters.read(id)),
      discard: (ids) => this.#call(() => letters.discard(ids)),
    };
    this.#queues = async () => queueStates(line, names, await this.#provisioning.read(), letters);
  }

  readonly #queues: () => Promise<readonly QueueState[]>;

  /** Learns what the server has of the flow. */
  async begin(): Promise<void> {
    if ((await this.#learn()) !== undefined) await this.#clock.measured();
    this.#clock.start();
    // Of a session that is closed meanwhile nobody wants to know.
    this.#provisioning.watch(() => void this.#learn().catch(() => undefined));
  }

  provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): Promise<ProvisionDiff> {
    return this.#call(async () => {
      const isFirst = this.#sender.known === undefined;
      const diff = await this.#provisioning.provision(plan, mode);
      await this.#learn();
      if (isFirst) await this.#clock.measured();
      return diff;
    });
  }

  now(): number {
    return this.#clock.now();
  }

  put(message: OutMessage, done: Done): boolean {
    return this.#puts.put(message, done);
  }

  whenRoom(queue: string, callback: () => void): void {
    this.#puts.whenRoom(queue, callback);
  }

  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): Taking {
    if (this.#isClosed) return { more: () => undefined, stop: () => undefined };
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

  onLost(callback: (delivery: Delivery, why: WhyLost) => void): void {
    this.#holdings.onLost(callback);
  }

  doc(key: string): Promise<StoredDocument | undefined> {
    return this.#call(() => this.#documents.read(key));
  }

  writeDoc(key: string, body: string, rev: number, ttlS?: number): Promise<boolean> {
    return this.#call(() => this.#documents.write(key, body, rev, ttlS));
  }

  deleteDoc(key: string, rev: number): Promise<boolean> {
    return this.#call(() => this.#documents.delete(key, rev));
  }

  docs(prefix: string): Promise<readonly StoredDocument[]> {
    return this.#call(() => this.#documents.list(prefix));
  }

  record(topic: RecordTopic, key: string, id: string, body: string, ttlS?: number): Promise<void> {
    return this.#call(async () => this.#records.write(topic, key, id, body, ttlS ?? (await this.#keepS())));
  }

  records(topic: RecordTopic, prefix: string, from: 'start' | 'now', on: (record: StoredRecord) => void): Subscription {
    if (this.#isClosed) return { close: () => undefined };
    return this.#records.listen(topic, prefix, from, on);
  }

  recordsOf(topic: RecordTopic, key: string): Promise<readonly StoredRecord[]> {
    return this.#call(() => this.#records.of(topic, key));
  }

  cast(topic: string, body: string): void {
    if (!this.#isClosed) this.#casts.cast(topic, body);
  }

  hear(topicPrefix: string, on: (topic: string, body: string) => void): Subscription {
    return this.#casts.hear(topicPrefix, on);
  }

  queues(): Promise<readonly QueueState[]> {
    return this.#call(this.#queues);
  }

  close(drainMs: number): Promise<void> {
    return (this.#closing ??= this.#close(drainMs));
  }

  async #learn(): ReturnType<Sender['learn']> {
    const known = await this.#sender.learn();
    if (known !== undefined) this.#holdings.leases.leaseMs = known.plan.leaseS * 1_000;
    return known;
  }

  async #keepS(): Promise<number> {
    return timesOf((this.#sender.known ?? (await this.#learn()))?.plan).keepS;
  }

  /** A call that is waited for when the session is closed. */
  #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(carrierClosed(this.#options.flow));
    const result = work();
    this.#calls.add(result);
    const over = (): void => void this.#calls.delete(result);
    result.then(over, over);
    return result;
  }

  async #close(drainMs: number): Promise<void> {
    this.#isClosed = true;
    this.#records.close();
    this.#casts.close();
    const underWay = [this.#holdings.close(), this.#puts.close(), Promise.allSettled(this.#calls)];
    await this.#within(Promise.all(underWay), drainMs);
    this.#puts.giveUp();
    const held = this.#holdings.giveUp();
    if (held > 0) this.#options.onProblem?.(notHandedBack(this.#options.flow, held));
    await this.#line.close();
    await this.#left();
  }

  #within(work: Promise<unknown>, drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, drainMs);
      void work.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function threadEnded(flow: string): FlowError {
  return new FlowError('CARRIER_THREAD_ENDED', {
    message: `The thread that renews what flow "${flow}" holds has ended: it is renewed on the thread of the process, as long as nothing blocks that`,
    metadata: { flow },
  });
}
