import type { Clock, FlowError } from '../../index.js';
import type { CarrierSession } from './carrier-session.js';
import type { CarrierTimes } from './carrier-times.js';

/**
 * An engine that carries messages between processes: the connection to it that is still to be opened. `memoryCarrier()` makes one.
 *
 * How to write one stands in the guide "Write a carrier"; `carrierConformance` of `penguiflow/distributed/conformance` examines it.
 *
 * @example
 * ```ts
 * const carrier: Carrier = memoryCarrier();
 * const session = await carrier.open({ flow: 'Documents', clock: new SystemClock() });
 * await session.provision(plan, 'ensure');
 * session.take('Score', { free: 8, maxHoldS: 900 }, (delivery) => void session.settle(delivery, { departures: [] }));
 * session.put({ id: 'upload-17', queue: 'Score', head: '{}', body: '"doc"' }, (error) => console.log(error ?? 'stored'));
 * ```
 */
export interface Carrier {
  /** What kind of engine it is: `memory`, `sqlite`, `nats`. */
  readonly name: string;
  /** What its user has said of them: workers and clients put it into the plan that they provision. @defaultValue nothing */
  readonly times?: CarrierTimes;
  /** Connects; many sessions may be open at a time, also of different flows. */
  open(options: SessionOptions): Promise<CarrierSession>;
}

/** What a session is opened with. */
export interface SessionOptions {
  /** The name of the flow. Queues, ids and dead letters are those of a flow; documents, records and casts are shared by all flows of an engine. */
  readonly flow: string;
  /** Who opens it, by the name that events have: the `workerId` of a worker, the `clientId` of a client. */
  readonly owner?: string;
  /** Where the session takes the time from; the engine has a clock of its own, see {@link CarrierSession.now}. */
  readonly clock: Clock;
  /** Hears each change of the engine; a session begins `up`. */
  readonly onState?: (state: CarrierState) => void;
  /** Hears of what was given up and is nobody's promise, such as a message that could not be handed back. */
  readonly onProblem?: (problem: FlowError) => void;
}

/** Whether an engine can be used: `full` takes nothing new and gives what it has, `down` is away. Senders wait for both (D14, D25). */
export interface CarrierState {
  readonly state: 'up' | 'full' | 'down';
  /** What the engine said, for a log line. */
  readonly detail?: string;
}
