import type { ClockTimer } from '../index.js';
import { TOLD } from './lease-protocol.js';
import type { LeaseThread } from './lease-thread.js';
import type { NatsLine } from './nats-line.js';
import { LoopRenewals, NOTHING_RENEWED, type Renewals, type Renewed } from './renewals.js';

const NS_PER_MS = 1e6;
/** What is over need not be told at once: renewed once more it stays over. */
const REMOVE_MS = 100;

/** Has a thread renew; when that has ended, renews on the loop. */
export class ThreadRenewals implements Renewals {
  readonly #line: NatsLine;
  readonly #thread: LeaseThread;
  readonly #session: number;
  readonly #told = new BigInt64Array(new SharedArrayBuffer(TOLD.places * BigInt64Array.BYTES_PER_ELEMENT));
  readonly #acks = new Map<string, { readonly number: number; readonly fromMs: number }>();
  readonly #offEnd: () => void;
  #removed: string[] = [];
  #adding: string[] = [];
  #addingFrom = { first: 0, fromMs: 0 };
  #leaseMs: number;
  #timer: ClockTimer | undefined;
  #onLoop: LoopRenewals | undefined;

  /** @param onEnd - called when the thread has ended by itself */
  constructor(line: NatsLine, thread: LeaseThread, leaseMs: number, onEnd: () => void) {
    this.#line = line;
    this.#thread = thread;
    this.#leaseMs = leaseMs;
    this.#session = thread.nextSession();
    thread.send({ kind: 'open', session: this.#session, leaseMs, told: this.#told.buffer });
    this.#offEnd = thread.onEnd(() => {
      this.#goOnOnLoop();
      onEnd();
    });
  }

  get last(): Renewed {
    const inThread = this.#inThread;
    const onLoop = this.#onLoop?.last;
    return onLoop === undefined || onLoop.upTo === 0 ? inThread : onLoop;
  }

  add(ack: string, number: number, fromMs: number): void {
    if (this.#onLoop !== undefined) {
      this.#onLoop.add(ack, number, fromMs);
      return;
    }
    this.#acks.set(ack, { number, fromMs });
    if (this.#adding.length === 0) this.#addingFrom = { first: number, fromMs };
    this.#adding.push(ack);
  }

  flush(): void {
    if (this.#adding.length === 0) return;
    const { first, fromMs } = this.#addingFrom;
    const agoMs = this.#line.clock.monotonic() - fromMs;
    this.#thread.send({ kind: 'add', session: this.#session, acks: this.#adding, first, agoMs });
    this.#adding = [];
  }

  remove(ack: string): void {
    this.#onLoop?.remove(ack);
    if (!this.#acks.delete(ack)) return;
    this.#removed.push(ack);
    this.#timer ??= this.#line.after(REMOVE_MS, () => this.#tellRemoved());
  }

  setLease(leaseMs: number): void {
    if (leaseMs === this.#leaseMs) return;
    this.#leaseMs = leaseMs;
    this.#onLoop?.setLease(leaseMs);
    this.#thread.send({ kind: 'lease', session: this.#session, leaseMs });
  }

  close(): void {
    this.#offEnd();
    this.#timer?.cancel();
    this.#onLoop?.close();
    this.#thread.send({ kind: 'close', session: this.#session });
  }

  /** Read in the opposite order to that in which it is written. */
  get #inThread(): Renewed {
    const sentNs = Atomics.load(this.#told, TOLD.sentNs);
    const sentWallMs = Number(Atomics.load(this.#told, TOLD.sentWallMs));
    const upTo = Number(Atomics.load(this.#told, TOLD.upTo));
    const lapsedUpTo = Number(Atomics.load(this.#told, TOLD.lapsedUpTo));
    if (sentNs === 0n) return NOTHING_RENEWED;
    // The clocks of threads begin when they do.
    const agoMs = Number(process.hrtime.bigint() - sentNs) / NS_PER_MS;
    return { sentMs: this.#line.clock.monotonic() - agoMs, sentWallMs, upTo, lapsedUpTo };
  }

  #tellRemoved(): void {
    this.#timer = undefined;
    this.#thread.send({ kind: 'remove', session: this.#session, acks: this.#removed });
    this.#removed = [];
  }

  #goOnOnLoop(): void {
    this.#onLoop = new LoopRenewals(this.#line, this.#leaseMs);
    for (const [ack, { number, fromMs }] of this.#acks) this.#onLoop.add(ack, number, fromMs);
  }
}
