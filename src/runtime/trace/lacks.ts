import type { TraceRecord } from './trace-record.js';

/** What a join gave up. */
export interface Lack {
  readonly node: { readonly name: string; readonly id: string };
  /** Whom it lacked a part of. */
  readonly missing: readonly string[];
}

/** By run, the first one: most runs have none. */
const lacks = new WeakMap<TraceRecord, Lack>();

export function noteLack(run: TraceRecord, lack: Lack): void {
  if (!lacks.has(run)) lacks.set(run, lack);
}

/** What a join of the run gave up first. */
export function lackOf(run: TraceRecord): Lack | undefined {
  return lacks.get(run);
}
