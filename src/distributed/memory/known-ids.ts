import { Fifo } from './fifo.js';
import type { Row } from './row.js';

/** An id that was stored. */
export interface KnownId {
  readonly id: string;
  /** On the engine's monotonic clock. */
  readonly untilMs: number;
  /** Its time is over; only a row keeps it. */
  lapsed: boolean;
  /** The message itself, while it is there. */
  row: Row | undefined;
  /** The arrival that it departed from, while that is there. */
  arrival: Row | undefined;
}

/** The ids of a flow that count as stored (D6): for a time, and as long as the message or the arrival that led to it is there. */
export class KnownIds {
  readonly #ids = new Map<string, KnownId>();
  /** In the order in which their times end, as all have the same. */
  readonly #line = new Fifo<KnownId>();

  /** Whether the id was stored; if so, the arrival keeps it from now on. */
  has(id: string, arrivalId: string | undefined, nowMs: number): boolean {
    this.#lapse(nowMs);
    const known = this.#ids.get(id);
    if (known !== undefined) this.#keep(known, arrivalId);
    return known !== undefined;
  }

  add(row: Row, untilMs: number): void {
    const { id, arrival } = row.message;
    const known = { id, untilMs, lapsed: false, row, arrival: undefined };
    row.known = known;
    this.#ids.set(id, known);
    this.#line.push(known);
    this.#keep(known, arrival);
  }

  /** The message is not there any more. */
  ended(row: Row): void {
    if (row.known !== undefined) {
      row.known.row = undefined;
      this.#dropUnkept(row.known);
    }
    for (const departure of row.departures ?? []) {
      departure.arrival = undefined;
      this.#dropUnkept(departure);
    }
  }

  #keep(known: KnownId, arrivalId: string | undefined): void {
    if (arrivalId === undefined || known.arrival !== undefined) return;
    const arrival = this.#ids.get(arrivalId)?.row;
    if (arrival === undefined) return;
    known.arrival = arrival;
    (arrival.departures ??= []).push(known);
  }

  #lapse(nowMs: number): void {
    for (let next = this.#line.peek(); next !== undefined && next.untilMs <= nowMs; next = this.#line.peek()) {
      this.#line.shift();
      next.lapsed = true;
      this.#dropUnkept(next);
    }
  }

  #dropUnkept(known: KnownId): void {
    if (known.lapsed && known.row === undefined && known.arrival === undefined) this.#ids.delete(known.id);
  }
}
