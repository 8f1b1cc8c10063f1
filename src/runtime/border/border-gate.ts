import type { Clock } from '../../ports/clock.js';
import type { WaitingPut } from '../../queue/floe.js';
import type { Outlet } from '../routing/outlet.js';
import type { Parcel } from '../trace/envelope.js';
import { keyOf } from '../trace/key-of.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import { BorderLine } from './border-line.js';
import type { PartReader } from './part-reader.js';

const NO_HEADERS = Object.freeze({});

/** The end of an edge whose node is elsewhere. */
export interface BorderEdge {
  readonly from: string;
  readonly to: string;
}

/** Where messages leave a part of a flow for a node that is elsewhere: they are handed to whoever brought what they came from. */
export class BorderGate implements Outlet {
  readonly leaves = true;
  readonly to: string;
  readonly #from: string;
  readonly #target: { readonly name: string; readonly id: string };
  readonly #clock: Clock;
  readonly #traces: TraceRegistry;
  readonly #line = new BorderLine();

  constructor({ from, to }: BorderEdge, targetId: string, clock: Clock, traces: TraceRegistry) {
    this.to = to;
    this.#from = from;
    this.#target = { name: to, id: targetId };
    this.#clock = clock;
    this.#traces = traces;
  }

  /** Messages that wait for room. */
  get waiting(): number {
    return this.#line.size;
  }

  offer(parcel: Parcel): boolean {
    if (this.#line.size !== 0 || !this.#leaves(parcel)) return false;
    this.admitted(parcel);
    return true;
  }

  park(put: WaitingPut<Parcel>): void {
    this.#line.push(put);
  }

  admitted({ envelope }: Parcel): void {
    this.#traces.release(envelope.trace);
  }

  /** There is room again. */
  room(): void {
    this.#line.admit((parcel) => this.#leaves(parcel));
  }

  removeWaiting(matches: (parcel: Parcel) => boolean): WaitingPut<Parcel>[] {
    return this.#line.remove(matches);
  }

  #leaves(parcel: Parcel): boolean {
    const { payload, envelope } = parcel;
    const { trace, headers, meta, ts, piece, deadline } = envelope;
    const target = this.#target;
    return (trace.reader as PartReader).host.departs({
      to: this.to,
      from: this.#from,
      payload,
      headers,
      meta,
      ts,
      piece,
      leftMs: deadline?.leftMs(this.#clock),
      key: () => keyOf(parcel, target),
      traceHeaders: () => parcel.sent?.sender?.headers?.() ?? NO_HEADERS,
    });
  }
}
