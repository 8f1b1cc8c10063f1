import { WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { RunWait, TraceRecord } from '../trace/trace-record.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import { NOWHERE, offerFrom, type Outlet } from './outlet.js';

/**
 * A message on its way through several outlets, one after the other. It waits in line where there is no room, and counts as
 * pending meanwhile, so that its trace stays active.
 *
 * The one place where a message waits for room: {@link PendingEmit} is what somebody awaits, `PendingResult` what a slot holds.
 */
export abstract class PendingDelivery extends WaitingPut<Parcel> implements RunWait {
  nextOfRun: RunWait | undefined;
  previousOfRun: RunWait | undefined;
  parcel: Parcel | undefined;
  outlets: readonly Outlet[] = NOWHERE;
  /** Where it waits, as an index of `outlets`. */
  #at = 0;
  readonly #traces: TraceRegistry;

  constructor(traces: TraceRegistry) {
    super();
    this.#traces = traces;
  }

  /** It has had to wait, and has left through every outlet. */
  abstract onDelivered(): void;

  /** It was taken off the line instead. */
  abstract onGivenUp(reason: unknown): void;

  get item(): Parcel {
    return this.parcel as Parcel;
  }

  /** Waits for room at one of the outlets, which had none. */
  wait(parcel: Parcel, outlets: readonly Outlet[], at: number): void {
    this.parcel = parcel;
    this.outlets = outlets;
    this.#at = at;
    this.#joinRun(parcel.envelope.trace);
    (outlets[at] as Outlet).park(this);
  }

  /** Where it waits. */
  get outlet(): Outlet {
    return this.outlets[this.#at] as Outlet;
  }

  onAdmitted(): void {
    const { item, outlet, outlets } = this;
    this.#leaveRun(item.envelope.trace);
    outlet.admitted?.(item);
    const at = offerFrom(item, outlets, this.#at + 1);
    if (at === outlets.length) this.onDelivered();
    else this.wait(item, outlets, at);
  }

  onDropped(reason: unknown): void {
    const { trace } = this.item.envelope;
    this.#leaveRun(trace);
    this.onGivenUp(reason);
    this.#traces.release(trace);
  }

  /** So that ending a run finds what of it waits without a search. */
  #joinRun(run: TraceRecord): void {
    this.previousOfRun = undefined;
    this.nextOfRun = run.waits;
    if (run.waits !== undefined) run.waits.previousOfRun = this;
    run.waits = this;
  }

  #leaveRun(run: TraceRecord): void {
    if (this.previousOfRun === undefined) run.waits = this.nextOfRun;
    else this.previousOfRun.nextOfRun = this.nextOfRun;
    if (this.nextOfRun !== undefined) this.nextOfRun.previousOfRun = this.previousOfRun;
    this.nextOfRun = this.previousOfRun = undefined;
  }
}
