import { isEmpty, planDiff, touchedQueues } from '../carrier/plan-diff.js';
import { planChanged } from '../carrier/carrier-errors.js';
import type { CarrierPlan, ProvisionDiff } from '../carrier/carrier-plan.js';
import { timesOf, withTimes, type CarrierTimes } from '../carrier/carrier-times.js';
import type { OutMessage, QueueState, Settlement } from '../carrier/messages.js';
import { DeadLetterShelf } from './dead-letter-shelf.js';
import { KnownIds } from './known-ids.js';
import type { MemoryEngine } from './memory-engine.js';
import { MemoryQueue } from './memory-queue.js';
import { Row } from './row.js';

/** What the engine has of one flow. */
export class FlowShelf {
  readonly flow: string;
  readonly #engine: MemoryEngine;
  #plan: CarrierPlan | undefined;
  #times = timesOf(undefined);
  #queues = new Map<string, MemoryQueue>();
  readonly #known = new KnownIds();
  readonly dead: DeadLetterShelf;

  constructor(flow: string, engine: MemoryEngine) {
    this.flow = flow;
    this.#engine = engine;
    this.dead = new DeadLetterShelf(flow, engine, (problem) => engine.tell(this, problem));
  }

  get queues(): ReadonlyMap<string, MemoryQueue> {
    return this.#queues;
  }

  get times(): Required<CarrierTimes> {
    return this.#times;
  }

  get leaseMs(): number {
    return this.#times.leaseS * 1_000;
  }

  provision(plan: CarrierPlan, mode: 'ensure' | 'verify'): ProvisionDiff {
    const diff = planDiff(this.#plan, plan);
    const touched = this.#plan === undefined ? [] : touchedQueues(this.#plan, plan);
    const holding = touched.filter((queue) => this.#queues.get(queue)?.isEmpty === false);
    if (holding.length > 0 || (mode === 'verify' && !isEmpty(diff))) throw planChanged(this.flow, diff, holding);
    const whole = withTimes(this.#plan, plan);
    if (mode === 'verify') return diff;
    const { leaseMs } = this;
    this.#plan = whole;
    this.#times = timesOf(whole);
    for (const queue of diff.removed) this.#queues.get(queue)?.abandon();
    this.#queues = new Map(plan.queues.map((each) => [each.queue, this.#queueOf(each)]));
    this.#engine.provisioned(this, leaseMs !== this.leaseMs);
    return diff;
  }

  /** Whether the message was stored before. */
  isKnown({ id, arrival }: OutMessage): boolean {
    return this.#known.has(id, arrival, this.#engine.elapsedMs);
  }

  store(message: OutMessage, queue: MemoryQueue): void {
    const row = new Row(this.#engine.nextNumber(), message, queue, this.#engine.nowMs);
    this.#known.add(row, this.#engine.elapsedMs + this.#times.dedupeS * 1_000);
    queue.add(row);
  }

  /** One step, so that what ends and what comes of it are never apart. */
  settle(row: Row, { departures, dead }: Settlement): void {
    for (const departure of departures) {
      const queue = this.#queues.get(departure.queue);
      if (queue !== undefined && !this.isKnown(departure)) this.store(departure, queue);
    }
    if (dead !== undefined) this.dead.add(row, dead.reason, this.#engine.nowMs);
    row.queue.remove(row);
    this.#known.ended(row);
  }

  states(): readonly QueueState[] {
    return [...this.#queues].map(([name, queue]) => queue.state(this.dead.count(name)));
  }

  #queueOf(plan: CarrierPlan['queues'][number]): MemoryQueue {
    const found = this.#queues.get(plan.queue);
    if (found === undefined) return new MemoryQueue(this.#engine, plan);
    found.change(plan);
    return found;
  }
}
