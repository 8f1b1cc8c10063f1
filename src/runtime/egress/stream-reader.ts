import type { FlowError } from '../../errors/flow-error.js';
import { StreamChunk } from '../../message/stream-chunk.js';
import { Floe, type WaitingPut } from '../../queue/floe.js';
import { LineMember } from '../../queue/line.js';
import { Parcel, type Envelope } from '../trace/envelope.js';
import type { Outlet } from '../routing/outlet.js';
import type { TraceReader, TraceRecord } from '../trace/trace-record.js';
import type { TraceRegistry } from '../trace/trace-registry.js';

function all(): boolean {
  return true;
}

/** How a stream is over: at its end (with the final value), or with its failure. */
export type StreamOutcome =
  | { readonly kind: 'end'; readonly payload: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What a reader finds next: a piece of the stream, or how it is over. */
export type StreamStep = { readonly kind: 'piece'; readonly payload: unknown } | StreamOutcome;

/** The one that reads the stream. What it waits for is handed to it, and is never stored. */
export interface StreamConsumer {
  /** It has taken everything and asked for more. */
  readonly waits: boolean;
  onPiece(payload: unknown): void;
  onOutcome(outcome: StreamOutcome): void;
}

/**
 * The egress of one trace: chunks and what async iterables yield are pieces, any other result is the final value, which
 * ends the stream. A bounded floe of its own: a slow consumer holds up what sends to this trace, and whoever waits for a turn of
 * the node that does.
 */
export class StreamReader extends LineMember implements Outlet, TraceReader {
  /** The run that it reads; its line is that of the open streams. */
  run!: TraceRecord;
  /** Called once when the stream has its end, whatever it is. */
  onEnd: (() => void) | undefined;
  /** Told how the stream is over as soon as that is known, also while nobody reads. */
  onOutcome: ((outcome: StreamOutcome) => void) | undefined;
  /** Comes when it has taken everything that arrived before it. */
  consumer: StreamConsumer | undefined;

  readonly #capacity: number;
  readonly #hasNoFinal: boolean;
  /** Made for the first piece that has to wait. */
  #pieces: Floe<Parcel> | undefined;
  readonly #traces: TraceRegistry;
  readonly #discard: (parcel: Parcel) => void;
  #outcome: StreamOutcome | undefined;

  /**
   * @param capacity - pieces that may wait; 0 or less means unbounded
   * @param discard - told of what comes after the final value
   * @param hasNoFinal - every result is a piece, and the end comes with that of the run
   */
  constructor(capacity: number, traces: TraceRegistry, discard: (parcel: Parcel) => void, hasNoFinal = false) {
    super();
    this.#capacity = capacity;
    this.#hasNoFinal = hasNoFinal;
    this.#traces = traces;
    this.#discard = discard;
  }

  get isOver(): boolean {
    return this.#outcome !== undefined;
  }

  get outcome(): StreamOutcome | undefined {
    return this.#outcome;
  }

  /** Pieces that wait for room. */
  get waiting(): number {
    return this.#pieces?.waiting ?? 0;
  }

  /** The piece that came last of those that wait for room. */
  get lastWaiting(): WaitingPut<Parcel> | undefined {
    return this.#pieces?.lastWaiting;
  }

  /** What the reader has taken that had waited. */
  get taken(): number {
    return this.#pieces?.taken ?? 0;
  }

  /** Whether a piece waits for the reader; a final value never waits alone. */
  get hasPiece(): boolean {
    return this.#pieces?.first !== undefined;
  }

  /** Whether somebody waits for its next piece, or for its end. */
  get isAwaited(): boolean {
    return this.#outcome === undefined && (this.consumer?.waits === true || this.onOutcome !== undefined);
  }

  /** Takes a piece, if there is room: what `offer` does, without a message where nobody needs one. */
  put(piece: unknown, envelope: Envelope): boolean {
    if (this.consumer?.waits === true) {
      this.consumer.onPiece(piece);
      return true;
    }
    if (this.#outcome !== undefined || this.#pieces?.offer(new Parcel(piece, envelope)) !== true) return false;
    // It comes and waits at once, so that what else is under way stays as it was.
    envelope.trace.pending++;
    envelope.trace.untaken++;
    return true;
  }

  offer(parcel: Parcel): boolean {
    if (this.#outcome !== undefined) {
      // The consumer has the final value and asks for no more.
      this.#discard(parcel);
      this.#traces.release(parcel.envelope.trace);
      return true;
    }
    const { payload } = parcel;
    const isFinal = !this.#hasNoFinal && !isPiece(parcel);
    if (this.consumer?.waits !== true && !(isFinal && this.#hasNothing)) {
      if (!this.#queue.offer(parcel)) return false;
      this.#traces.noteUntaken(parcel.envelope.trace);
      return true;
    }
    if (isFinal) this.#finish({ kind: 'end', payload });
    else this.consumer?.onPiece(payload);
    this.#traces.release(parcel.envelope.trace);
    return true;
  }

  park(put: WaitingPut<Parcel>): void {
    this.#queue.park(put);
  }

  admitted({ envelope }: Parcel): void {
    this.#traces.noteUntaken(envelope.trace);
  }

  removeWaiting(matches: (parcel: Parcel) => boolean): WaitingPut<Parcel>[] {
    return this.#pieces?.removeWaiting(matches) ?? [];
  }

  /** Throws away what waits and matches; returns how many. */
  drop(matches: (parcel: Parcel) => boolean): number {
    if (this.#pieces === undefined) return 0;
    const dropped = this.#pieces.remove(matches);
    for (const parcel of dropped) this.#traces.releaseTaken(parcel.envelope.trace);
    return dropped.length;
  }

  fail(error: FlowError): void {
    this.#finish({ kind: 'failed', error });
  }

  end(): void {
    this.#finish({ kind: 'end', payload: undefined });
  }

  /** The next step; undefined when there is nothing yet. */
  take(): StreamStep | undefined {
    const parcel = this.#pieces?.take();
    if (parcel === undefined) return this.#outcome;
    this.#traces.releaseTaken(parcel.envelope.trace);
    const next = this.#pieces?.first;
    if (next !== undefined && !this.#hasNoFinal && !isPiece(next)) this.#takeFinal();
    return { kind: 'piece', payload: parcel.payload };
  }

  /** The final value is next: it is known from now on, and holds up nobody until the reader comes for it. What comes after it is discarded. */
  #takeFinal(): void {
    const { payload, envelope } = this.#queue.take() as Parcel;
    this.#finish({ kind: 'end', payload });
    for (const put of this.removeWaiting(all)) {
      // Read first: who is told that its item is in has forgotten it.
      const { item } = put;
      put.onAdmitted();
      this.#discard(item);
      this.#traces.releaseTaken(item.envelope.trace);
    }
    for (const rest of this.#queue.remove(all)) {
      this.#discard(rest);
      this.#traces.releaseTaken(rest.envelope.trace);
    }
    this.#traces.releaseTaken(envelope.trace);
  }

  /** Whether everything that came was taken. */
  get #hasNothing(): boolean {
    return this.#pieces === undefined || (this.#pieces.size === 0 && this.#pieces.waiting === 0);
  }

  get #queue(): Floe<Parcel> {
    return (this.#pieces ??= new Floe(this.#capacity));
  }

  #finish(outcome: StreamOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.onEnd?.();
    this.onOutcome?.(outcome);
    if (this.consumer?.waits === true) this.consumer.onOutcome(outcome);
  }
}

function isPiece({ payload, envelope }: Parcel): boolean {
  return StreamChunk.is(payload) || envelope.piece;
}
