/** A stretch of time, in milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A stretch of which the picture shows less than its length. */
interface Fold extends Span {
  /** Where it is drawn: parts of the width. */
  readonly start: number;
  readonly end: number;
}

/** Where each moment is drawn. */
export interface TimeScale {
  readonly view: Span;
  readonly folds: readonly Fold[];
  /** Part of the width, from 0 to 1; what is outside of the view is at its edge. */
  at(ms: number): number;
  /** The moment that is drawn at a part of the width. */
  momentAt(part: number): number;
  /** Moments for the axis. */
  ticks(most: number): readonly number[];
}

interface Piece extends Span {
  readonly start: number;
  readonly end: number;
  readonly isFold: boolean;
}

/** A gap is folded when it takes more than this part of the view. */
const FOLDED_FROM = 0.12;
/** As wide as one fold is drawn, and all of them together at most. */
const FOLD_WIDTH = 0.07;
const ALL_FOLDS = 0.3;
/** Shorter gaps stay. */
const SHORTEST_FOLD_MS = 2;

/**
 * Makes a scale for a view. Where nothing is busy for long the time is folded, so that what happened has the room.
 * @param busy in any order, also of what is outside of the view
 */
export function timeScale(view: Span, busy: readonly Span[], isFolding: boolean): TimeScale {
  const gaps = isFolding ? longGaps(view, busy) : [];
  const pieces = piecesOf(view, gaps);
  const folds = pieces.filter(({ isFold }) => isFold);

  function at(ms: number): number {
    const piece = pieces.find(({ toMs }) => ms <= toMs) ?? pieces.at(-1)!;
    const length = piece.toMs - piece.fromMs;
    const part = length === 0 ? 0 : (ms - piece.fromMs) / length;
    return Math.min(1, Math.max(0, piece.start + Math.min(1, Math.max(0, part)) * (piece.end - piece.start)));
  }

  function momentAt(part: number): number {
    const piece = pieces.find(({ end }) => part <= end) ?? pieces.at(-1)!;
    const width = piece.end - piece.start;
    return piece.fromMs + (width === 0 ? 0 : (part - piece.start) / width) * (piece.toMs - piece.fromMs);
  }

  function ticks(most: number): number[] {
    const plain = pieces.filter(({ isFold }) => !isFold);
    const shownMs = plain.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    const step = niceStep(shownMs / Math.max(1, most));
    const found: number[] = [];
    for (const { fromMs, toMs } of plain) {
      for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) {
        const last = found.at(-1);
        if (last === undefined || at(tick) - at(last) > 0.6 / most) found.push(tick);
      }
    }
    return found;
  }
  return { view, folds, at, momentAt, ticks };
}

/** Joins spans that overlap or touch. */
export function merged(spans: readonly Span[]): Span[] {
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = joined.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else joined.push({ fromMs, toMs });
  }
  return joined;
}

function longGaps(view: Span, busy: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  const shortest = Math.max(SHORTEST_FOLD_MS, (view.toMs - view.fromMs) * FOLDED_FROM);
  let reached = view.fromMs;
  for (const { fromMs, toMs } of [...merged(busy), { fromMs: view.toMs, toMs: view.toMs }]) {
    const until = Math.min(fromMs, view.toMs);
    if (until - reached > shortest) gaps.push({ fromMs: reached, toMs: until });
    reached = Math.max(reached, toMs);
  }
  return gaps;
}

function piecesOf(view: Span, gaps: readonly Span[]): Piece[] {
  const foldWidth = gaps.length === 0 ? 0 : Math.min(FOLD_WIDTH, ALL_FOLDS / gaps.length);
  const foldedMs = gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const plainMs = Math.max(view.toMs - view.fromMs - foldedMs, Number.EPSILON);
  const perMs = (1 - foldWidth * gaps.length) / plainMs;
  const pieces: Piece[] = [];
  let [ms, start] = [view.fromMs, 0];
  const add = (toMs: number, isFold: boolean): void => {
    const end = isFold ? start + foldWidth : start + (toMs - ms) * perMs;
    pieces.push({ fromMs: ms, toMs, start, end, isFold });
    [ms, start] = [toMs, end];
  };
  for (const gap of gaps) {
    if (gap.fromMs > ms) add(gap.fromMs, false);
    add(gap.toMs, true);
  }
  if (view.toMs > ms || pieces.length === 0) add(view.toMs, false);
  return pieces;
}

/** 1, 2 or 5 times a power of ten, not below what is given. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least * 0.999)!;
}
