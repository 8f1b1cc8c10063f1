import type { FlowError } from '../../index.js';
import { carrierClosed, tooLarge } from '../carrier/carrier-errors.js';
import type { CarrierPlan, ProvisionDiff } from '../carrier/carrier-plan.js';
import type { CarrierAbilities, CarrierSession, DeadLetters, TakeOptions, Taking } from '../carrier/carrier-session.js';
import type { Delivery, OutMessage, QueueState, Settlement } from '../carrier/messages.js';
import type { RecordTopic, StoredDocument, StoredRecord, Subscription } from '../carrier/records.js';
import { invalidOption } from '../option-check.js';
import type { SessionCore } from './session-core.js';

/** A session with the engine in this process. */
export class MemorySession implements CarrierSession {
  readonly #core: SessionCore;
  readonly can: CarrierAbilities;

  constructor(core: SessionCore) {
    this.#core = core;
    this.can = Object.freeze({ atomicSettle: true, maxBytes: core.engine.maxBytes });
  }

  get core(): SessionCore {
    return this.#core;
  }

  readonly dead: DeadLetters = {
    list: (query = {}) => this.#core.calls.run('reach', () => this.#core.shelf.dead.list(query)),
    read: (id) => this.#core.calls.run('reach', () => this.#core.shelf.dead.read(id)),
    discard: (ids) => this.#core.calls.run('reach', () => this.#core.shelf.dead.discard(ids)),
  };

  provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): Promise<ProvisionDiff> {
    return this.#core.calls.run('store', () => {
      const { flow } = this.#core.shelf;
      if (plan.flow !== flow) throw invalidOption('flow', 'the plan', `"${flow}", as that of the session`, plan.flow);
      return this.#core.shelf.provision(plan, mode);
    });
  }

  now(): number {
    return this.#core.engine.nowMs;
  }

  put(message: OutMessage, done: (error: FlowError | undefined, duplicate: boolean) => void): boolean {
    return this.#core.window.put(message, done);
  }

  whenRoom(queue: string, callback: () => void): void {
    this.#core.window.whenRoom(queue, callback);
  }

  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): Taking {
    return this.#core.holdings.take(queue, options, on);
  }

  settle(delivery: Delivery, outcome: Settlement): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#core.isKilled) return;
      try {
        if (this.#core.isClosing) throw carrierClosed(this.#core.shelf.flow);
        const held = this.#core.holdings.mustHave(delivery);
        for (const departure of outcome.departures) checkSize(departure, this.can.maxBytes);
        this.#core.holdings.settle(held, outcome, resolve, reject);
      } catch (error) {
        reject(error as FlowError);
      }
    });
  }

  release(deliveries: readonly Delivery[]): Promise<void> {
    return this.#core.calls.run('reach', () => {
      for (const delivery of deliveries) {
        const held = this.#core.holdings.find(delivery);
        if (held !== undefined) this.#core.holdings.handBack(held);
      }
    });
  }

  later(delivery: Delivery, delayS: number, resumeAttempt: number): Promise<void> {
    return this.#core.calls.run('reach', () => {
      const held = this.#core.holdings.mustHave(delivery);
      held.row.resumeAttempt = resumeAttempt;
      this.#core.holdings.leave(held);
      held.row.queue.putOff(held.row, delayS * 1_000);
    });
  }

  countStart(delivery: Delivery): Promise<number> {
    return this.#core.calls.run('reach', () => {
      const held = this.#core.holdings.mustHave(delivery);
      held.isStartCounted = true;
      held.row.starts += 1;
      return held.row.starts;
    });
  }

  onLost(callback: (delivery: Delivery, why: 'lost' | 'held_too_long') => void): void {
    this.#core.holdings.onLost(callback);
  }

  doc(key: string): Promise<StoredDocument | undefined> {
    return this.#core.calls.run('reach', () => this.#core.engine.documents.read(key));
  }

  writeDoc(key: string, body: string, rev: number, ttlS?: number): Promise<boolean> {
    return this.#core.calls.run('store', () => this.#core.engine.documents.write(key, body, rev, ttlS));
  }

  deleteDoc(key: string, rev: number): Promise<boolean> {
    return this.#core.calls.run('reach', () => this.#core.engine.documents.delete(key, rev));
  }

  docs(prefix: string): Promise<readonly StoredDocument[]> {
    return this.#core.calls.run('reach', () => this.#core.engine.documents.list(prefix));
  }

  record(topic: RecordTopic, key: string, id: string, body: string, ttlS?: number): Promise<void> {
    return this.#core.calls.run('store', () => {
      this.#core.engine.records[topic].add(key, id, body, ttlS ?? this.#core.shelf.times.keepS);
    });
  }

  records(
    topic: RecordTopic,
    keyPrefix: string,
    from: 'start' | 'now',
    on: (record: StoredRecord) => void,
  ): Subscription {
    const listening = this.#core.engine.records[topic].listen(this.#core, keyPrefix, from, on);
    const subscription = {
      close: () => {
        listening.close();
        this.#core.subscriptions.delete(subscription);
      },
    };
    if (this.#core.isClosing) listening.close();
    else this.#core.subscriptions.add(subscription);
    return subscription;
  }

  recordsOf(topic: RecordTopic, key: string): Promise<readonly StoredRecord[]> {
    return this.#core.calls.run('reach', () => this.#core.engine.records[topic].of(key));
  }

  cast(topic: string, body: string): void {
    if (this.#core.isAwake) this.#core.engine.cast(topic, body);
  }

  hear(topicPrefix: string, on: (topic: string, body: string) => void): Subscription {
    return this.#core.ears.add(topicPrefix, on);
  }

  queues(): Promise<readonly QueueState[]> {
    return this.#core.calls.run('reach', () => this.#core.shelf.states());
  }

  close(drainMs: number): Promise<void> {
    return this.#core.close(drainMs);
  }
}

function checkSize(message: OutMessage, maxBytes: number): void {
  const error = tooLarge(message, maxBytes);
  if (error !== undefined) throw error;
}
