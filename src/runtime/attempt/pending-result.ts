import type { WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import { NOWHERE, offerFrom, type Outlet } from '../routing/outlet.js';
import type { TraceRegistry } from '../trace/trace-registry.js';

/** Whose result it is. */
export interface PendingResultOwner {
  /** A result that had to wait has left through every outlet, or was dropped. */
  onDelivered(): void;
}

/** The result of a slot on its way through the outlets; waits in line where there is no room. */
export class PendingResult implements WaitingPut<Parcel> {
  /** The result; undefined when there is none, or none that waits. */
  parcel: Parcel | undefined;
  outlets: readonly Outlet[] = NOWHERE;
  #at = 0;
  readonly #traveller: PendingResultOwner;
  readonly #traces: TraceRegistry;

  constructor(traveller: PendingResultOwner, traces: TraceRegistry) {
    this.#traveller = traveller;
    this.#traces = traces;
  }

  get item(): Parcel {
    return this.parcel as Parcel;
  }

  /** Keeps a result that must wait for its turn. */
  set(parcel: Parcel | undefined, outlets: readonly Outlet[]): void {
    this.parcel = parcel;
    this.outlets = outlets;
  }

  clear(): void {
    this.parcel = undefined;
  }

  /** Offers to one outlet after the other; false when one had no room, and the rest follows later. */
  offer(parcel: Parcel, outlets: readonly Outlet[]): boolean {
    return this.#offerFrom(0, parcel, outlets);
  }

  /** Waits for room at one of the outlets, which had none; the result counts as pending. */
  wait(parcel: Parcel, outlets: readonly Outlet[], at = 0): void {
    this.#at = at;
    this.set(parcel, outlets);
    outlets[at]?.park(this);
  }

  onAdmitted(): void {
    if (this.#offerFrom(this.#at + 1, this.item, this.outlets)) this.#traveller.onDelivered();
  }

  onDropped(): void {
    const { trace } = this.item.envelope;
    this.#traveller.onDelivered();
    this.#traces.release(trace);
  }

  /** What it was doing is remembered only where it has to wait. */
  #offerFrom(at: number, parcel: Parcel, outlets: readonly Outlet[]): boolean {
    const index = offerFrom(parcel, outlets, at);
    if (index === outlets.length) return true;
    this.wait(parcel, outlets, index);
    return false;
  }
}
