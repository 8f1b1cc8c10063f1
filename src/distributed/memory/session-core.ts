import { FlowError, type Clock } from '../../index.js';
import type { CarrierState, SessionOptions } from '../carrier/carrier.js';
import type { Subscription } from '../carrier/records.js';
import { Ears } from './ears.js';
import type { FlowShelf } from './flow-shelf.js';
import { Holdings } from './holdings.js';
import { Leases } from './leases.js';
import type { MemoryEngine } from './memory-engine.js';
import { PutWindow } from './put-window.js';
import type { RoomWait } from './room-wait.js';
import { WaitingCalls } from './waiting-calls.js';

/** A session as the engine knows it: whether it lives, and what it has under way. */
export class SessionCore {
  readonly engine: MemoryEngine;
  readonly shelf: FlowShelf;
  readonly clock: Clock;
  readonly holdings = new Holdings(this);
  readonly leases = new Leases(this);
  readonly window = new PutWindow(this);
  readonly calls = new WaitingCalls(this);
  readonly ears = new Ears(this);
  readonly subscriptions = new Set<Subscription>();
  readonly #options: SessionOptions;
  readonly #roomWaits = new Set<RoomWait>();
  /** What a process that stands still has yet to hear; undefined while it runs. */
  #unheard: (() => void)[] | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  #isKilled = false;
  #whenIdle: (() => void) | undefined;

  constructor(engine: MemoryEngine, shelf: FlowShelf, options: SessionOptions) {
    this.engine = engine;
    this.shelf = shelf;
    this.clock = options.clock;
    this.#options = options;
  }

  /** Who has opened it. */
  get owner(): string | undefined {
    return this.#options.owner;
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether its process is there and does not stand still. */
  get isRunning(): boolean {
    return !this.#isKilled && !this.#isClosed && this.#unheard === undefined;
  }

  /** Whether messages may be handed to it. */
  get isAwake(): boolean {
    return this.isRunning && this.#closing === undefined;
  }

  /** Calls back later, if the process is there to hear it. */
  call(callback: () => void): void {
    this.engine.calls.add(() => this.hears(callback));
  }

  /** Calls back at once, or when the process goes on. */
  hears(callback: () => void): void {
    if (this.#isKilled) return;
    if (this.#unheard === undefined) callback();
    else this.#unheard.push(callback);
  }

  waitsForRoom(wait: RoomWait): RoomWait {
    this.#roomWaits.add(wait);
    return wait;
  }

  stopsWaiting(wait: RoomWait): void {
    this.#roomWaits.delete(wait);
  }

  engineBecame(state: CarrierState): void {
    this.call(() => this.#options.onState?.(state));
    this.leases.renew();
    this.window.resend();
    this.calls.retry();
    this.holdings.retry();
    if (this.isClosing && this.engine.may('reach')) this.holdings.handBackAll();
  }

  get hearsProblems(): boolean {
    return this.#options.onProblem !== undefined;
  }

  problem(problem: FlowError): void {
    this.call(() => this.#options.onProblem?.(problem));
  }

  /** The process ends without a word: its leases run out. */
  kill(): void {
    this.#isKilled = true;
    this.#letGo();
    this.window.forget();
    this.calls.forget();
    this.holdings.forget();
    this.engine.leave(this);
  }

  /** The process stands still: it hears nothing, and renews nothing. */
  freeze(): void {
    this.#unheard ??= [];
  }

  thaw(): void {
    const unheard = this.#unheard ?? [];
    this.#unheard = undefined;
    for (const callback of unheard) this.call(callback);
    this.leases.renew();
    this.holdings.offerAll();
  }

  close(drainMs: number): Promise<void> {
    // That of a killed process says nothing any more.
    return (this.#closing ??= this.#isKilled ? new Promise(() => {}) : this.#close(drainMs));
  }

  /** Something that was under way is over. */
  checkIdle(): void {
    if (this.#isIdle) this.#whenIdle?.();
  }

  get #isIdle(): boolean {
    return this.window.unanswered + this.calls.size + this.holdings.settling === 0;
  }

  async #close(drainMs: number): Promise<void> {
    // Those who ask meanwhile are to find the session closing.
    await Promise.resolve();
    this.holdings.stopAll();
    if (this.engine.may('reach')) this.holdings.handBackAll();
    for (const wait of this.#roomWaits) this.engine.calls.add(() => wait.end());
    await this.#drained(drainMs);
    this.window.close();
    this.calls.close();
    this.holdings.closeAll();
    if (this.engine.may('reach')) this.holdings.handBackAll();
    this.#letGo();
    this.engine.leave(this);
    const { held } = this.leases;
    if (held > 0) this.#options.onProblem?.(notHandedBack(this.shelf.flow, held));
    // What was rejected is heard before the session is closed.
    await new Promise<void>((resolve) => {
      this.call(resolve);
    });
    this.#isClosed = true;
  }

  #drained(drainMs: number): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.clock.setTimer(resolve, drainMs);
      this.#whenIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #letGo(): void {
    this.leases.stop();
    this.ears.close();
    for (const subscription of this.subscriptions) subscription.close();
  }
}

function notHandedBack(flow: string, held: number): FlowError {
  return new FlowError('CARRIER_CLOSED', {
    message: `${held} messages of flow "${flow}" could not be handed back, as the engine is away: others have them when their leases are over`,
    metadata: { flow, held },
  });
}
