import type { WaitingPut } from '../queue/floe.js';
import type { Parcel } from './envelope.js';

/** Where a message can be put: a floe, or the egress. Floes fit it as they are. */
export interface Outlet {
  /** False when there is no room. */
  offer(parcel: Parcel): boolean;
  /** Waits in line for room. */
  park(put: WaitingPut<Parcel>): void;
  /** Leaves the line again. */
  withdraw(put: WaitingPut<Parcel>): boolean;
}

/** The outlets of something that goes nowhere. */
export const NOWHERE: readonly Outlet[] = Object.freeze([]);
