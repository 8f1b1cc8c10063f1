import type { Floe, WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { Outlet } from './outlet.js';

/** A back edge of a cycle: an unbounded floe, and what becomes of a run that has too much of itself going round. */
export class BackEdge implements Outlet {
  readonly #floe: Floe<Parcel>;
  readonly #maxLoop: number;
  readonly #onOverflow: (run: TraceRecord) => void;

  /** @param maxLoop - messages that a run may have pending when it puts one here */
  constructor(floe: Floe<Parcel>, maxLoop: number, onOverflow: (run: TraceRecord) => void) {
    this.#floe = floe;
    this.#maxLoop = maxLoop;
    this.#onOverflow = onOverflow;
  }

  offer(parcel: Parcel): boolean {
    const run = parcel.envelope.trace;
    if (run.pending > this.#maxLoop && !run.ended) this.#onOverflow(run);
    return run.ended || this.#floe.offer(parcel);
  }

  park(put: WaitingPut<Parcel>): void {
    this.#floe.park(put);
  }
}
