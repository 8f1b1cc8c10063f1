import { FlowError } from '../../index.js';
import type { Carrier, CarrierState, SessionOptions } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { checkedTimes, TIMES, type CarrierTimes } from '../carrier/carrier-times.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';
import { MemoryEngine } from './memory-engine.js';
import { MemorySession } from './memory-session.js';
import type { SessionCore } from './session-core.js';

/** Options of {@link memoryCarrier}. */
export interface MemoryCarrierOptions extends CarrierTimes {
  /** The most that head and body of a message may have together, in bytes. @defaultValue 1,048,576 */
  readonly maxBytes?: number;
}

/** What {@link memoryCarrier} makes. */
export interface MemoryCarrier extends Carrier {
  /** What happens to real engines and to the processes on them, for tests. */
  readonly faults: CarrierFaults;
}

/** Has happen in one process what happens to many. Whom it happens to is said by a session, or by the `workerId` or `clientId` of who opened it. */
export interface CarrierFaults {
  /**
   * Kills a process, as `kill -9` does: it hears nothing any more, hands nothing back, and its leases run out. Promises of its session stay open; the code of a
   * node goes on, as nothing in a process can end it, and leads to nothing.
   *
   * @throws FlowError `INVALID_OPTION` when nobody of that name has a session
   */
  kill(process: CarrierSession | string): void;
  /** Has a process stand still, as SIGSTOP does: it hears nothing and renews nothing. @throws FlowError `INVALID_OPTION` */
  freeze(process: CarrierSession | string): void;
  /** Has it go on, and hear what it has missed. @throws FlowError `INVALID_OPTION` */
  thaw(process: CarrierSession | string): void;
  /** The engine is away, or takes nothing new, or is up again. */
  become(state: CarrierState['state'], detail?: string): void;
  /** Sets the engine's clock on by so many milliseconds, against those of the sessions. */
  shiftClock(ms: number): void;
}

const OWNER = 'memoryCarrier';
const OPTIONS = ['maxBytes', ...TIMES];
const DEFAULT_MAX_BYTES = 1_048_576;

/**
 * A carrier within this process: for tests, and for programs that are to be distributed later. Each call makes an engine of its own; its sessions see each other, and what
 * it holds is gone with the process. The engine's clock is that of the session that is opened first.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const carrier = memoryCarrier();
 * const worker = await serveFlow(Documents, { carrier, workerId: 'cpu-1' });
 * // As `kill -9` would: what it holds goes to others when its lease is over.
 * carrier.faults.kill('cpu-1');
 * ```
 */
export function memoryCarrier(options: MemoryCarrierOptions = {}): MemoryCarrier {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  if (!Number.isInteger(maxBytes) || maxBytes < 1) {
    throw invalidOption('maxBytes', OWNER, 'a whole number >= 1', maxBytes);
  }
  const times = checkedTimes(options, OWNER);
  const engine = new MemoryEngine(maxBytes);
  return Object.freeze({
    name: 'memory',
    times,
    open: async (options: SessionOptions) => new MemorySession(engine.open(options)),
    faults: faultsOf(engine),
  });
}

function faultsOf(engine: MemoryEngine): CarrierFaults {
  return Object.freeze({
    kill: (process: CarrierSession | string) => each(engine, process, (core) => core.kill()),
    freeze: (process: CarrierSession | string) => each(engine, process, (core) => core.freeze()),
    thaw: (process: CarrierSession | string) => each(engine, process, (core) => core.thaw()),
    become: (state: CarrierState['state'], detail?: string) =>
      engine.become(detail === undefined ? { state } : { state, detail }),
    shiftClock: (ms: number) => engine.shiftClock(ms),
  });
}

function each(engine: MemoryEngine, process: CarrierSession | string, happens: (core: SessionCore) => void): void {
  if (typeof process === 'string') for (const core of engine.ownedBy(process)) happens(core);
  else happens(coreOf(process));
}

function coreOf(session: CarrierSession): SessionCore {
  if (session instanceof MemorySession) return session.core;
  throw new FlowError('INVALID_OPTION', {
    message: 'Expected the session to be one that `open()` of a memoryCarrier gave',
    hint: 'Pass the object that `open()` resolved with, or the `workerId` or `clientId` of who opened it.',
  });
}
