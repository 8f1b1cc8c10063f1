import type { CarrierTimes } from './carrier-times.js';

/** What an engine needs to have for a flow. Times that it leaves out stay as the engine has them. */
export interface CarrierPlan extends CarrierTimes {
  readonly flow: string;
  /** Tells builds apart; nothing at the engine depends on it, so that two builds may run side by side. */
  readonly hash: string;
  readonly queues: readonly QueuePlan[];
}

/** One queue: of a node, or of one lane of it. */
export interface QueuePlan {
  /** A node, or `node#lane`. */
  readonly queue: string;
  /** At most that many messages are in it, handed out or not. @defaultValue 10,000 */
  readonly bound: number;
  /** At most that many are handed out at a time, to all sessions together. @defaultValue 1,000 */
  readonly maxInFlight: number;
  /** It is a lane: it hands out one message at a time, so that they are worked on in their order (D21). */
  readonly lane?: { readonly of: string; readonly number: number };
}

/** In what a plan differs from what an engine has. */
export interface ProvisionDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly PlanChange[];
}

/** One setting that differs. */
export interface PlanChange {
  /** The queue; undefined for a setting of the whole flow. */
  readonly queue: string | undefined;
  readonly setting: 'bound' | 'maxInFlight' | 'dedupeS' | 'leaseS' | 'keepS';
  readonly from: number;
  readonly to: number;
}
