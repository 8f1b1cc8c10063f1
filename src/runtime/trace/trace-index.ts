import type { TraceRecord } from './trace-record.js';

/** Places of an index that has few traces. */
const FEWEST_PLACES = 64;

/**
 * The active traces in the order in which they began, found by id when somebody asks.
 *
 * A map of ids costs more than all else that a trace costs: its key must be flattened and hashed. Most traces are never
 * looked up, so they only stand in a list; the first look-up files those that are not in the map yet.
 *
 * The list is an array with gaps: a trace that ends leaves its place empty, and the gaps are closed when there is no place
 * left. A linked list would store four times as often: docs/performance.md, "old objects".
 */
export class TraceIndex {
  size = 0;
  readonly #byId = new Map<string, TraceRecord | Set<TraceRecord>>();
  #places: (TraceRecord | undefined)[] = emptyPlaces(FEWEST_PLACES);
  /** The first place after the last trace. */
  #end = 0;
  /** The first place of which nothing is in the map; before it, everything is. */
  #unfiled = 0;

  /** All that bear an id, the oldest first. */
  get(id: string): readonly TraceRecord[] {
    for (; this.#unfiled < this.#end; this.#unfiled++) {
      const trace = this.#places[this.#unfiled];
      if (trace !== undefined) this.#file(trace);
    }
    const found = this.#byId.get(id);
    if (found === undefined) return [];
    return found instanceof Set ? [...found] : [found];
  }

  has(trace: TraceRecord): boolean {
    return trace.place !== -1;
  }

  /** Adds a trace; others may bear its id. */
  add(trace: TraceRecord): void {
    if (this.#end === this.#places.length) this.#closeGaps();
    trace.place = this.#end;
    this.#places[this.#end++] = trace;
    this.size++;
  }

  delete(trace: TraceRecord): void {
    const { place } = trace;
    if (place === -1) return;
    this.#places[place] = undefined;
    trace.place = -1;
    if (place < this.#unfiled) this.#unfile(trace);
    // A flow that is asked one thing at a time stays at the first place.
    if (--this.size === 0) this.#end = this.#unfiled = 0;
  }

  /** All of them, as of now; the caller may end those it has been given, and others. */
  *all(): Generator<TraceRecord> {
    for (const trace of this.#places.slice(0, this.#end)) if (trace !== undefined && this.has(trace)) yield trace;
  }

  clear(): void {
    for (const trace of this.all()) this.delete(trace);
  }

  #file(trace: TraceRecord): void {
    const others = this.#byId.get(trace.id);
    if (others === undefined) this.#byId.set(trace.id, trace);
    else if (others instanceof Set) others.add(trace);
    else this.#byId.set(trace.id, new Set([others, trace]));
  }

  #unfile(trace: TraceRecord): void {
    const found = this.#byId.get(trace.id);
    if (found instanceof Set) found.delete(trace);
    if (found === trace || (found instanceof Set && found.size === 0)) this.#byId.delete(trace.id);
  }

  /** Moves everything to the front, to twice as many places as there are traces. */
  #closeGaps(): void {
    let length = FEWEST_PLACES;
    while (length < this.size * 2) length *= 2;
    const places = emptyPlaces(length);
    let end = 0;
    let unfiled = 0;
    for (let place = 0; place < this.#end; place++) {
      const trace = this.#places[place];
      if (trace === undefined) continue;
      if (place < this.#unfiled) unfiled++;
      trace.place = end;
      places[end++] = trace;
    }
    this.#places = places;
    this.#end = end;
    this.#unfiled = unfiled;
  }
}

function emptyPlaces(length: number): (TraceRecord | undefined)[] {
  return new Array<TraceRecord | undefined>(length).fill(undefined);
}
