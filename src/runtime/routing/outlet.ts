import type { WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** Where a message can be put: a floe, or the egress. Floes fit it as they are. */
export interface Outlet {
  /** It leads out of the nodes that run here. */
  readonly leaves?: true;
  /** Name of the node that is elsewhere, where it leads to one. */
  readonly to?: string;
  /** False when there is no room. */
  offer(parcel: Parcel): boolean;
  /** Waits in line for room, until it is let in or leaves the line. */
  park(put: WaitingPut<Parcel>): void;
  /** Told that what waited has been let in, where somebody wants to know. */
  admitted?(parcel: Parcel): void;
}

/** Offers to the outlets from `at` on; returns the index of the first without room (already counted as pending). */
export function offerFrom(parcel: Parcel, outlets: readonly Outlet[], at: number): number {
  const { trace } = parcel.envelope;
  let index = at;
  while (index < outlets.length) {
    trace.pending++;
    if (!(outlets[index] as Outlet).offer(parcel)) break;
    index++;
  }
  return index;
}

/** The outlets of something that goes nowhere. */
export const NOWHERE: readonly Outlet[] = Object.freeze([]);
