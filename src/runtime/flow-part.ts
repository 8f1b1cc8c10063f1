import type { FlowEventType } from '../events/flow-event-type.js';
import type { Clock } from '../ports/clock.js';
import type { ArrivalHost, ArrivedRun, Arrival } from './border/arrival.js';
import type { RootHost, RootName, RootRequest, RootRun, RootStart } from './root-run.js';
import type { PenguiFlow } from './penguiflow.js';

/** What a carrier tells of, as an event of the flow. */
export interface CarrierEvent {
  readonly eventType: FlowEventType;
  readonly nodeName: string | null;
  readonly traceId: string | null;
  readonly tenant: string | null;
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * The handle of a part of a flow whose other nodes run elsewhere: messages arrive at it and leave it through whoever made it, a carrier.
 * Made by `openPart`; those who run flows in several processes use `serveFlow` of `penguiflow/distributed` instead.
 */
export interface FlowPart
  extends
    Pick<
      PenguiFlow,
      'name' | 'plan' | 'state' | 'run' | 'stop' | 'cancel' | 'on' | 'use' | 'record' | 'snapshot' | 'health'
    >,
    AsyncDisposable {
  /**
   * Begins a run with a message from elsewhere. Where the nodes have no room it waits in line before them.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `UNKNOWN_TARGET`, `INVALID_OPTION`
   */
  arrive(arrival: Arrival, host: ArrivalHost): ArrivedRun;

  /** Messages that wait to leave for a node elsewhere may go on. */
  room(node: string): void;

  /** Where the part takes the time from. */
  readonly clock: Clock;

  /**
   * Looks at what somebody wants to send to the flow, of which no node needs to be here.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `INVALID_OPTION`, `INVALID_MESSAGE`, `UNKNOWN_TARGET`, `ABORTED`
   */
  request(start: RootStart): RootRequest;

  /**
   * Begins the run of a request: its beginning and its end are told here, its work is done elsewhere.
   */
  begin(request: RootRequest, name: RootName, host: RootHost): RootRun;

  /** Whether anybody listens to events of a type. */
  hears(eventType: FlowEventType): boolean;

  /** Tells the listeners of the flow. */
  publish(event: CarrierEvent): void;
}
