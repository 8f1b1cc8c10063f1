import type { TraceRecord } from './trace-record.js';

/**
 * The active traces in the order in which they began, found by id when somebody asks.
 *
 * A map of ids costs more than all else that a trace costs: its key must be flattened and hashed. Most traces are never
 * looked up, so they only stand in a linked list; the first look-up files those that are not in the map yet.
 */
export class TraceIndex {
  size = 0;
  readonly #byId = new Map<string, TraceRecord>();
  #first: TraceRecord | undefined;
  #last: TraceRecord | undefined;
  /** The first that is not in the map; none of those after it is. */
  #unfiled: TraceRecord | undefined;

  get(id: string): TraceRecord | undefined {
    for (let trace = this.#unfiled; trace !== undefined; trace = trace.next) {
      trace.filed = true;
      this.#byId.set(trace.id, trace);
    }
    this.#unfiled = undefined;
    return this.#byId.get(id);
  }

  has(trace: TraceRecord): boolean {
    return trace.previous !== undefined || this.#first === trace;
  }

  /** Adds a trace whose id is not in use. */
  add(trace: TraceRecord): void {
    this.size++;
    trace.previous = this.#last;
    if (this.#last === undefined) this.#first = trace;
    else this.#last.next = trace;
    this.#last = trace;
    this.#unfiled ??= trace;
  }

  delete(trace: TraceRecord): void {
    const { previous, next } = trace;
    if (!this.has(trace)) return;
    this.size--;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    if (trace.filed) this.#byId.delete(trace.id);
    else if (this.#unfiled === trace) this.#unfiled = next;
    trace.previous = undefined;
    trace.next = undefined;
  }

  /** All of them; the caller may end those it has been given. */
  *all(): Generator<TraceRecord> {
    let next: TraceRecord | undefined;
    for (let trace = this.#first; trace !== undefined; trace = next) {
      next = trace.next;
      yield trace;
    }
  }

  clear(): void {
    for (const trace of this.all()) this.delete(trace);
  }
}
