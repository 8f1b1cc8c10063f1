import type { Outlet } from '../routing/outlet.js';
import { offerFrom } from '../routing/outlet.js';
import { PendingDelivery } from '../routing/pending-delivery.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRegistry } from '../trace/trace-registry.js';

/** A slot, as its result sees it. */
interface ResultOwner {
  /** The result has left after a wait, or was dropped. */
  free(): void;
}

/** The result of a slot from the end of its attempt until it has left through every outlet. */
export class PendingResult extends PendingDelivery {
  /** The slot it belongs to; the one that takes its place takes the result over. */
  owner: ResultOwner;

  constructor(traces: TraceRegistry, owner: ResultOwner) {
    super(traces);
    this.owner = owner;
  }

  /** Keeps a result, or that there is none, until the node lets it go. */
  set(parcel: Parcel | undefined, outlets: readonly Outlet[]): void {
    this.parcel = parcel;
    this.outlets = outlets;
  }

  clear(): void {
    this.parcel = undefined;
  }

  /** Offers to one outlet after the other; false when one had no room, and the rest follows later. */
  offer(parcel: Parcel, outlets: readonly Outlet[]): boolean {
    const at = offerFrom(parcel, outlets, 0);
    if (at === outlets.length) return true;
    this.wait(parcel, outlets, at);
    return false;
  }

  onDelivered(): void {
    this.owner.free();
  }

  onGivenUp(): void {
    this.owner.free();
  }
}
