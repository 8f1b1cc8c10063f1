import type { Carrier } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { Clock } from '../../index.js';

/** A kind of carrier that is to be examined. */
export interface CarrierTarget {
  /** Begins the title of each case. */
  readonly name: string;
  /** What can be done to its engines. Cases that need something else are left out. */
  readonly faults: readonly CarrierFault[];
  /** A new engine with nothing in it, or a part of one that nobody else uses. */
  create(): TestedEngine | Promise<TestedEngine>;
}

/** `kill` and `freeze`: the process of a session ends without a word, or stands still and goes on. `down` and `full`: the engine is away, or takes nothing new. */
export type CarrierFault = 'kill' | 'freeze' | 'down' | 'full';

/** An engine for one case. */
export interface TestedEngine {
  readonly carrier: Carrier;
  /** With which sessions are opened. */
  readonly clock: Clock;
  /** Lets time pass, for the engine and for the sessions: with a clock that is moved by hand, or by waiting. */
  pass(ms: number): Promise<void>;
  /** Takes it away with all that is in it; sessions may be open. */
  destroy(): void | Promise<void>;
  /** For `kill`: ends the process of a session as `kill -9` does. Promises of the session may stay open. */
  kill?(session: CarrierSession): void | Promise<void>;
  /** For `freeze`: has the process of a session stand still, for longer than a lease. */
  freeze?(session: CarrierSession): void | Promise<void>;
  /** For `freeze`: has it go on. */
  thaw?(session: CarrierSession): void | Promise<void>;
  /** For `down` and `full`: stops the engine, or fills it, or has it work again. What it has stored stays. */
  become?(state: 'up' | 'full' | 'down'): void | Promise<void>;
}

/** One promise of a carrier; `run` rejects when it isn't kept. */
export interface CarrierCase {
  readonly title: string;
  run(): Promise<void>;
}
