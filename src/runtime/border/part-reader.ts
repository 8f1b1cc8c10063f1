import type { FlowError } from '../../errors/flow-error.js';
import type { WaitingPut } from '../../queue/floe.js';
import { StreamReader } from '../egress/stream-reader.js';
import { StreamChunk } from '../../message/stream-chunk.js';
import type { Outlet } from '../routing/outlet.js';
import type { Envelope, Parcel } from '../trace/envelope.js';
import type { RunAccount } from '../trace/run-account.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import type { ArrivalHost } from './arrival.js';
import { BorderLine } from './border-line.js';

/** What is told of a run that somebody brought from elsewhere. */
interface PartReaderOptions {
  readonly host: ArrivalHost;
  readonly isRedelivered: boolean;
  readonly firstAttempt: number;
  /** Whether the first failure of a message is that of all. */
  readonly endsOnFailure: boolean;
}

/** The egress of the run of an arrival: results, pieces and failures go to whoever brought it. */
export class PartReader extends StreamReader {
  readonly host: ArrivalHost;
  readonly isRedelivered: boolean;
  /** The message that arrived. */
  arrived: object | undefined;
  readonly #firstAttempt: number;
  readonly #endsOnFailure: boolean;
  readonly #registry: TraceRegistry;
  readonly #line = new BorderLine();
  #isLate = false;
  #isTold = false;

  constructor(registry: TraceRegistry, discard: (parcel: Parcel) => void, options: PartReaderOptions) {
    super(0, registry, discard, true);
    this.#registry = registry;
    this.host = options.host;
    this.isRedelivered = options.isRedelivered;
    this.#firstAttempt = options.firstAttempt;
    this.#endsOnFailure = options.endsOnFailure;
  }

  checkLeaving({ payload, envelope }: Pick<Parcel, 'payload' | 'envelope'>, outlets: readonly Outlet[]): void {
    if (this.host.check === undefined || StreamChunk.is(payload)) return;
    const { headers, meta, ts, piece } = envelope;
    const leaving = outlets.filter(({ leaves }) => leaves);
    if (leaving.length === 0) return;
    const to = leaving.flatMap(({ to }) => to ?? []);
    this.host.check({ payload, headers, meta, ts, piece }, to);
  }

  firstAttemptOf(parcel: object): number {
    return parcel === this.arrived ? this.#firstAttempt : 0;
  }

  putsOff(parcel: object, waitMs: number, attempt: number): boolean {
    // Nothing else of it is under way, here or elsewhere, so that all of it goes back.
    if (parcel !== this.arrived || this.run.pending !== 1) return false;
    return this.host.putsOff?.(waitMs, attempt) === true;
  }

  override put(piece: unknown, envelope: Envelope): boolean {
    return !this.isOver && this.#line.size === 0 && this.#delivers(piece, envelope);
  }

  override offer(parcel: Parcel): boolean {
    if (this.isOver) return super.offer(parcel);
    if (this.#line.size !== 0 || !this.#delivers(parcel.payload, parcel.envelope)) return false;
    this.admitted(parcel);
    return true;
  }

  override park(put: WaitingPut<Parcel>): void {
    this.#line.push(put);
  }

  override admitted({ envelope }: Parcel): void {
    this.#registry.release(envelope.trace);
  }

  override removeWaiting(matches: (parcel: Parcel) => boolean): WaitingPut<Parcel>[] {
    return this.#line.remove(matches);
  }

  /** There is room again. */
  room(): void {
    this.#line.admit(({ payload, envelope }) => this.#delivers(payload, envelope));
  }

  override fail(error: FlowError): void {
    if (this.isOver) return;
    const isLate = error.code === 'DEADLINE_EXCEEDED';
    if (this.#endsOnFailure || error.nodeName === undefined) super.fail(error);
    // Of one whose time is up at a node nobody needs to hear again that it is up.
    if (!isLate || !this.#isLate) this.host.fails(error);
    this.#isLate ||= isLate;
    // What a stop ends is forgotten without an end.
    if (error.code === 'FLOW_STOPPED') this.#tellEnd();
  }

  override end(): void {
    super.end();
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.host.ends((this.run.account as RunAccount).status);
  }

  #delivers(payload: unknown, { headers, meta, ts, piece }: Envelope): boolean {
    return this.host.delivers({ payload, headers, meta, ts, piece });
  }
}
