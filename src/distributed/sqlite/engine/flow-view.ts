import type { CarrierPlan, QueuePlan } from '../../carrier/carrier-plan.js';
import { timesOf, type CarrierTimes } from '../../carrier/carrier-times.js';
import type { CarrierFile } from './carrier-file.js';

/** A queue as the thread knows it; what others have written is read before anything is decided. */
export class QueueView {
  readonly id: number;
  readonly flow: FlowView;
  plan: QueuePlan;
  /** All that is not settled. */
  held = 0;
  unacked = 0;
  putOff = 0;
  /** Who takes from it, in all processes. */
  takers = 0;
  isDirty = false;
  /** Until then others have the turn, on the monotonic clock. */
  restsUntilMs = 0;

  constructor(id: number, flow: FlowView, plan: QueuePlan) {
    this.id = id;
    this.flow = flow;
    this.plan = plan;
  }

  get name(): string {
    return this.plan.queue;
  }

  get room(): number {
    return this.plan.bound - this.held;
  }

  /** How many may be handed out. */
  get available(): number {
    const free = this.held - this.unacked - this.putOff;
    if (this.plan.lane !== undefined) return this.unacked + this.putOff === 0 ? Math.min(1, free) : 0;
    return Math.min(free, this.plan.maxInFlight - this.unacked);
  }

  change(held: number, unacked: number, putOff = 0): void {
    this.held += held;
    this.unacked += unacked;
    this.putOff += putOff;
    this.isDirty = true;
  }
}

/** What the file has of a flow. */
export class FlowView {
  readonly name: string;
  id = 0;
  plan: CarrierPlan | undefined;
  times: Required<CarrierTimes> = timesOf(undefined);
  rev = 0;
  queues: ReadonlyMap<string, QueueView> = new Map();

  constructor(name: string) {
    this.name = name;
  }

  get leaseMs(): number {
    return this.times.leaseS * 1_000;
  }

  get dedupeMs(): number {
    return this.times.dedupeS * 1_000;
  }
}

/** The flows that sessions of the thread are for. */
export class FlowViews {
  readonly #file: CarrierFile;
  readonly #ns: string;
  readonly #flows = new Map<string, FlowView>();
  #queues = new Map<number, QueueView>();
  /** The last message of all. */
  lastSeq = 0;

  constructor(file: CarrierFile, ns: string) {
    this.#file = file;
    this.#ns = ns;
  }

  get ns(): string {
    return this.#ns;
  }

  get queues(): ReadonlyMap<number, QueueView> {
    return this.#queues;
  }

  /** It knows nothing before the next `load`. */
  of(name: string): FlowView {
    let flow = this.#flows.get(name);
    if (flow === undefined) {
      flow = new FlowView(name);
      this.#flows.set(name, flow);
    }
    return flow;
  }

  /** Reads what others may have written. */
  load(): void {
    for (const flow of this.#flows.values()) this.#loadFlow(flow);
    this.#queues = new Map(
      [...this.#flows.values()].flatMap(({ queues }) => [...queues.values()]).map((queue) => [queue.id, queue]),
    );
    this.lastSeq = Number(this.#file.prepare('select max(seq) as seq from message').get()?.['seq'] ?? 0);
  }

  /** Less is handed out of a queue, be it one of ours or not. */
  handedBack(queue: number, count: number): void {
    const view = this.#queues.get(queue);
    if (view !== undefined) view.change(0, -count);
    else this.#file.prepare('update queue set unacked = unacked - ? where queue = ?').run(count, queue);
  }

  /** Writes what has changed. */
  flush(): void {
    for (const queue of this.#queues.values()) {
      if (!queue.isDirty) continue;
      queue.isDirty = false;
      this.#file
        .prepare('update queue set held = ?, unacked = ?, put_off = ? where queue = ?')
        .run(queue.held, queue.unacked, queue.putOff, queue.id);
    }
  }

  nextSeq(): number {
    this.lastSeq += 1;
    return this.lastSeq;
  }

  #loadFlow(flow: FlowView): void {
    const found = this.#file.prepare('select flow, rev from flow where ns = ? and name = ?').get(this.#ns, flow.name);
    if (found === undefined) {
      flow.queues = new Map();
      flow.plan = undefined;
      flow.times = timesOf(undefined);
      return;
    }
    flow.id = Number(found['flow']);
    const isSame = flow.plan !== undefined && flow.rev === Number(found['rev']);
    if (!isSame) this.#loadPlan(flow);
    const rows = this.#file
      .prepare(
        `select queue, name, held, unacked, put_off, (select count(*) from taker where taker.queue = queue.queue) as takers
        from queue where flow = ?`,
      )
      .all(flow.id);
    for (const row of rows) {
      const queue = flow.queues.get(String(row['name']));
      if (queue === undefined) continue;
      queue.held = Number(row['held']);
      queue.unacked = Number(row['unacked']);
      queue.putOff = Number(row['put_off']);
      queue.takers = Number(row['takers']);
      queue.isDirty = false;
    }
  }

  #loadPlan(flow: FlowView): void {
    const row = this.#file.prepare('select plan, rev from flow where flow = ?').get(flow.id)!;
    const plan = JSON.parse(String(row['plan'])) as CarrierPlan;
    const ids = new Map(
      this.#file
        .prepare('select queue, name from queue where flow = ?')
        .all(flow.id)
        .map((each) => [String(each['name']), Number(each['queue'])]),
    );
    const former = flow.queues;
    flow.queues = new Map(
      plan.queues.map((each) => {
        const [id, known] = [ids.get(each.queue)!, former.get(each.queue)];
        const view = known?.id === id ? known : new QueueView(id, flow, each);
        view.plan = each;
        return [each.queue, view];
      }),
    );
    flow.plan = plan;
    flow.times = timesOf(plan);
    flow.rev = Number(row['rev']);
  }
}
