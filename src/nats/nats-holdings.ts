import { FlowError } from '../index.js';
import { carrierClosed, leaseLost } from '../distributed/carrier/carrier-errors.js';
import type { Delivery, Settlement, TakeOptions, Taking } from '../distributed/index.js';
import type { Held } from './held.js';
import { NatsLeases } from './nats-leases.js';
import type { NatsLine } from './nats-line.js';
import { Marks, type Mark } from './marks.js';
import type { Names } from './names.js';
import { NatsTaking } from './nats-taking.js';
import type { Renewals } from './renewals.js';

export type WhyLost = 'lost' | 'held_too_long';

const DEFAULT_LEASE_MS = 15_000;
const ACK = '+ACK';
const NS_PER_MS = 1e6;

/** What a session takes, and what becomes of it. */
export class NatsHoldings {
  readonly line: NatsLine;
  readonly names: Names;
  readonly flow: string;
  readonly marks: Marks;
  readonly leases: NatsLeases;
  readonly #takings = new Set<NatsTaking>();
  readonly #held = new Map<Delivery, Held>();
  readonly #listeners: ((delivery: Delivery, why: WhyLost) => void)[] = [];
  readonly #store: (held: Held, outcome: Settlement) => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosing = false;

  /** @param storeOutcome - stores what a delivery led to */
  constructor(
    line: NatsLine,
    names: Names,
    flow: string,
    renewals: Renewals,
    storeOutcome: (held: Held, outcome: Settlement) => Promise<void>,
  ) {
    this.line = line;
    this.names = names;
    this.flow = flow;
    this.marks = new Marks(line, names, flow);
    this.#store = storeOutcome;
    this.leases = new NatsLeases(
      line,
      renewals,
      DEFAULT_LEASE_MS,
      (held) => this.#lose(held),
      (held) => this.#tell(held, 'held_too_long'),
    );
  }

  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): Taking {
    if (this.#takings.size === 0) this.leases.watch();
    const taking = new NatsTaking(this, queue, options, on);
    if (this.#isClosing) taking.stop();
    else this.#takings.add(taking);
    return taking;
  }

  left(taking: NatsTaking): void {
    this.#takings.delete(taking);
  }

  onLost(listener: (delivery: Delivery, why: WhyLost) => void): void {
    this.#listeners.push(listener);
  }

  took(held: Held): void {
    this.#held.set(held.delivery, held);
    this.leases.add(held);
  }

  /** Departures first, then the dead letter, then the end: what dies in between is done again. */
  settle(delivery: Delivery, outcome: Settlement): Promise<void> {
    return this.#during(delivery, async (held) => {
      await this.#store(held, outcome);
      this.#mustBeOurs(held);
      await this.line.respond(held.arrival.ack, ACK);
      this.#end(held);
    });
  }

  async release(deliveries: readonly Delivery[]): Promise<void> {
    const ours = deliveries.flatMap((delivery) => this.#find(delivery) ?? []);
    await this.giveBack(ours);
  }

  /** In the order in which they were stored, which is that in which they come again. */
  giveBack(all: readonly Held[]): Promise<void> {
    return this.#track(this.#giveBack(all));
  }

  later(delivery: Delivery, delayS: number, resumeAttempt: number): Promise<void> {
    return this.#during(delivery, async (held) => {
      const isMarked = await this.#mark(held, { ...handedBack(held), resumeAttempt });
      if (!isMarked) throw leaseLost(delivery);
      this.#end(held);
      const delay = Math.max(0, Math.round(delayS * 1_000 * NS_PER_MS));
      await this.line.respond(held.arrival.ack, `-NAK ${JSON.stringify({ delay })}`);
    });
  }

  countStart(delivery: Delivery): Promise<number> {
    return this.#during(delivery, async (held) => {
      const isMarked = await this.#mark(held, { ...held.mark, starts: held.mark.starts + 1 });
      if (!isMarked) throw leaseLost(delivery);
      held.isStartCounted = true;
      return held.mark.starts;
    });
  }

  /** Nothing is handed out any more, and what is held goes back, except what something is under way with. */
  close(): Promise<unknown> {
    this.#isClosing = true;
    for (const taking of this.#takings) taking.stop();
    void this.giveBack([...this.#held.values()].filter(({ refuse }) => refuse === undefined));
    return Promise.allSettled(this.#underWay);
  }

  /** What is under way fails. */
  giveUp(): number {
    const left = [...this.#held.values()];
    for (const held of left) {
      held.end();
      held.refuse?.(carrierClosed(this.flow));
    }
    this.#held.clear();
    this.leases.close();
    return left.length;
  }

  /** Does something with a delivery that is ours and with which nothing else is under way. */
  #during<T>(delivery: Delivery, work: (held: Held) => Promise<T>): Promise<T> {
    if (this.line.isClosed || this.#isClosing) return Promise.reject(this.line.closedError());
    const held = this.#find(delivery);
    if (held === undefined) return Promise.reject(leaseLost(delivery));
    const result = new Promise<T>((resolve, reject) => {
      held.refuse = reject;
      work(held).then(resolve, reject);
    });
    const over = (): void => {
      held.refuse = undefined;
    };
    result.then(over, over);
    return this.#track(result);
  }

  async #giveBack(all: readonly Held[]): Promise<void> {
    const ordered = all.toSorted((a, b) => a.arrival.seq - b.arrival.seq);
    for (const held of ordered) held.refuse = () => undefined;
    const marked = await Promise.all(
      ordered.map(async (held) => ((await this.#mark(held, handedBack(held))) ? held : undefined)),
    );
    await Promise.all(
      marked.map(async (held) => {
        if (held === undefined || held.isOver) return;
        this.#end(held);
        await this.line.respond(held.arrival.ack, '-NAK');
      }),
    );
  }

  #find(delivery: Delivery): Held | undefined {
    const held = this.#held.get(delivery);
    return held !== undefined && held.refuse === undefined && this.leases.isOurs(held) ? held : undefined;
  }

  #mustBeOurs(held: Held): void {
    if (!this.leases.isOurs(held)) throw leaseLost(held.delivery);
  }

  /** False when the delivery is somebody else's. */
  async #mark(held: Held, mark: Mark): Promise<boolean> {
    const written = await this.marks.write(held.arrival.seq, held.arrival.storedMs, mark);
    if (written === undefined) this.#lose(held);
    else held.mark = written;
    return written !== undefined && this.leases.isOurs(held);
  }

  #end(held: Held): void {
    held.end();
    this.#held.delete(held.delivery);
  }

  #lose(held: Held): void {
    if (held.isOver) return;
    this.#end(held);
    held.refuse?.(leaseLost(held.delivery));
    if (!held.isHeldTooLong) this.#tell(held, 'lost');
  }

  #tell({ delivery }: Held, why: WhyLost): void {
    queueMicrotask(() => {
      if (this.#isClosing || this.line.isClosed) return;
      for (const listener of this.#listeners) listener(delivery, why);
    });
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise);
    const over = (): void => void this.#underWay.delete(promise);
    promise.then(over, over);
    return promise;
  }
}

/** Its mark when it is handed back: a start that was counted has come to an end. */
function handedBack({ mark, isStartCounted }: Held): Mark {
  return { ...mark, handedBack: mark.handedBack + 1, starts: isStartCounted ? 0 : mark.starts };
}

export function notHandedBack(flow: string, held: number): FlowError {
  return new FlowError('CARRIER_CLOSED', {
    message: `${held} messages of flow "${flow}" could not be handed back, as the engine is away: others have them when their leases are over`,
    metadata: { flow, held },
  });
}
