/** A time in which nothing ran, and that takes no room. */
export interface Fold {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Span {
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Columns that a fold takes. */
export const FOLD_COLUMNS = 2;
/** A gap is folded that is longer than so much of what is left. */
const LONG = 0.3;
const MAX_FOLDS = 8;

/** Where times stand in a line of so many columns. */
export class TimeScale {
  readonly folds: readonly Fold[];
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #columns: number;
  /** Columns of a millisecond. */
  readonly #rate: number;

  constructor(fromMs: number, toMs: number, running: readonly Span[], columns: number) {
    this.#fromMs = fromMs;
    this.#toMs = toMs;
    this.#columns = columns;
    this.folds = foldsOf(fromMs, toMs, running, Math.min(MAX_FOLDS, Math.floor(columns / 12)));
    const folded = this.folds.reduce((sum, fold) => sum + fold.toMs - fold.fromMs, 0);
    const ms = toMs - fromMs - folded;
    this.#rate = ms > 0 ? (columns - this.folds.length * FOLD_COLUMNS) / ms : 0;
  }

  /** Column of a time, from 0; those in a fold stand at its first column. */
  column(ms: number): number {
    const time = Math.min(Math.max(ms, this.#fromMs), this.#toMs);
    let column = 0;
    let from = this.#fromMs;
    for (const fold of this.folds) {
      if (time <= fold.fromMs) break;
      column += (fold.fromMs - from) * this.#rate;
      if (time < fold.toMs) return Math.min(this.#columns, Math.round(column));
      column += FOLD_COLUMNS;
      from = fold.toMs;
    }
    return Math.min(this.#columns, Math.round(column + (time - from) * this.#rate));
  }

  /** First columns of the folds. */
  get foldColumns(): number[] {
    return this.folds.map(({ fromMs }) => this.column(fromMs));
  }
}

function foldsOf(fromMs: number, toMs: number, running: readonly Span[], most: number): Fold[] {
  const gaps: Fold[] = [];
  let until = fromMs;
  for (const { startedMs, endedMs } of running.toSorted((one, other) => one.startedMs - other.startedMs)) {
    if (startedMs > until) gaps.push({ fromMs: until, toMs: Math.min(startedMs, toMs) });
    until = Math.max(until, endedMs);
  }
  if (until < toMs) gaps.push({ fromMs: until, toMs });
  const length = ({ fromMs, toMs }: Fold): number => toMs - fromMs;
  // The longest first: each that goes makes the rest look longer.
  let left = toMs - fromMs;
  const folded: Fold[] = [];
  for (const gap of gaps.toSorted((one, other) => length(other) - length(one))) {
    const rest = left - length(gap);
    if (folded.length === most || length(gap) <= rest * LONG || length(gap) < 0.001) break;
    folded.push(gap);
    left = rest;
  }
  return folded.toSorted((one, other) => one.fromMs - other.fromMs);
}
