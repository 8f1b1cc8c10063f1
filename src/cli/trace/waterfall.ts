import { durationText } from '../../logging/lines/human/duration-text.js';
import { oneLine } from '../../logging/lines/human/human-text.js';
import type { AttemptView } from '../../inspector/api.js';
import type { Paint } from '../paint.js';
import { tookText } from '../run-text.js';
import { cutTo, padBefore, padTo, widthOf } from '../text-width.js';
import { FOLD_COLUMNS, TimeScale } from './time-scale.js';
import { traceRows, type TraceRow } from './trace-rows.js';

/** What is drawn. */
export interface WaterfallInput {
  readonly attempts: readonly AttemptView[];
  readonly startedMs: number;
  /** Now, for a run under way. */
  readonly endedMs: number;
  /** False where nobody knows how long messages waited. */
  readonly knowsQueues: boolean;
}

type Brush = keyof Paint | 'none';

interface Cell {
  readonly char: string;
  readonly brush: Brush;
}

const LONGEST_NAME = 24;
const DURATION = 7;
const LEAST_BAR = 16;
/** Rows that fit into what a person reads; failed ones are always there. */
const MAX_ROWS = 60;

const QUEUED: Cell = { char: '░', brush: 'dim' };
const BACKOFF: Cell = { char: '┄', brush: 'dim' };
const FOLDED: Cell = { char: '┊', brush: 'dim' };
const BLANK: Cell = { char: ' ', brush: 'none' };
/** By outcome: what fills the time, and what stands at its end. */
const LOOKS: Readonly<Record<string, { readonly bar: Cell; readonly end?: Cell }>> = {
  succeeded: { bar: { char: '█', brush: 'green' } },
  failed: { bar: { char: '▓', brush: 'red' }, end: { char: '✗', brush: 'red' } },
  timeout: { bar: { char: '▓', brush: 'yellow' }, end: { char: '┤', brush: 'yellow' } },
  cancelled: { bar: { char: '▒', brush: 'dim' }, end: { char: '⊘', brush: 'dim' } },
  running: { bar: { char: '█', brush: 'blue' }, end: { char: '▶', brush: 'blue' } },
};

/** The attempts of a run over its time, a line for each message at a node, and below it why attempts failed. */
export function waterfall(input: WaterfallInput, columns: number, paint: Paint, maxRows = MAX_ROWS): string[] {
  const { startedMs, endedMs } = input;
  const all = traceRows(input.attempts);
  const rows = shownRows(all, maxRows);
  const name = Math.min(LONGEST_NAME, Math.floor(columns / 4), Math.max(4, ...rows.map((row) => widthOf(row.node))));
  const width = Math.max(LEAST_BAR, columns - name - DURATION - 4);
  const running = input.attempts.map((attempt) => ({
    startedMs: attempt.startedMs,
    endedMs: attempt.endedMs ?? endedMs,
  }));
  const scale = new TimeScale(startedMs, Math.max(endedMs, ...running.map((each) => each.endedMs)), running, width);
  const lines = [`${' '.repeat(name)}  ${paint.dim(axis(scale, startedMs, endedMs, width))}`];
  for (const row of rows) {
    const label = padTo(cutTo(oneLine(row.node), name), name);
    const took = padBefore(rowTook(row), DURATION);
    const bar = painted(bars(row, scale, width, endedMs), paint);
    lines.push(`${row.failed ? paint.red(label) : label}  ${bar}  ${row.failed ? paint.red(took) : took}`);
    lines.push(...failures(row, columns, paint));
  }
  if (all.length > rows.length) lines.push(paint.dim(`… ${all.length - rows.length} more lines; --all shows them`));
  lines.push('', ...legend(rows, scale, input, paint));
  return lines;
}

function shownRows(rows: readonly TraceRow[], most: number): readonly TraceRow[] {
  if (rows.length <= most) return rows;
  let room = most - Math.min(most, rows.filter(({ failed }) => failed).length);
  return rows.filter(({ failed }) => failed || room-- > 0);
}

function axis(scale: TimeScale, startedMs: number, endedMs: number, width: number): string {
  const end = durationText(endedMs - startedMs);
  const cells = Array.from({ length: width }, () => '─');
  for (const at of scale.foldColumns) put(cells, at, '┊'.repeat(FOLD_COLUMNS));
  put(cells, 0, '0 ');
  put(cells, width - end.length - 1, ` ${end}`);
  return cells.join('');
}

function put(cells: string[], at: number, text: string): void {
  for (const [index, char] of Array.from(text).entries()) if (at + index < cells.length) cells[at + index] = char;
}

function bars({ attempts }: TraceRow, scale: TimeScale, width: number, nowMs: number): Cell[] {
  const cells = Array.from({ length: width }, () => BLANK);
  for (const at of scale.foldColumns) fill(cells, at, at + FOLD_COLUMNS, FOLDED);
  let beforeMs = attempts[0]!.sentMs;
  for (const { startedMs, endedMs, attempt } of attempts) {
    fill(cells, scale.column(beforeMs), scale.column(startedMs), attempt === 0 ? QUEUED : BACKOFF);
    beforeMs = endedMs ?? nowMs;
  }
  // What runs is never hidden by what waits.
  for (const { startedMs, endedMs, outcome } of attempts) {
    const { bar, end } = LOOKS[Object.hasOwn(LOOKS, outcome) ? outcome : 'running']!;
    const from = Math.min(scale.column(startedMs), width - 1);
    const to = Math.max(from + 1, scale.column(endedMs ?? nowMs));
    fill(cells, from, to, bar);
    if (end !== undefined) fill(cells, to - 1, to, end);
  }
  return cells;
}

function fill(cells: Cell[], from: number, to: number, cell: Cell): void {
  for (let at = from; at < to && at < cells.length; at++) cells[at] = cell;
}

/** One escape per stretch of a look. */
function painted(cells: readonly Cell[], paint: Paint): string {
  let text = '';
  for (let at = 0; at < cells.length;) {
    const { brush } = cells[at]!;
    let same = '';
    for (; at < cells.length && cells[at]!.brush === brush; at++) same += cells[at]!.char;
    text += brush === 'none' ? same : paint[brush](same);
  }
  return text;
}

function rowTook({ attempts }: TraceRow): string {
  const last = attempts.at(-1)!;
  return last.endedMs === null ? 'running' : tookText(last.endedMs - attempts[0]!.startedMs);
}

const VERBS: Readonly<Record<string, string>> = {
  failed: 'failed in',
  timeout: 'timed out after',
  cancelled: 'interrupted after',
};

function failures({ attempts }: TraceRow, columns: number, { dim }: Paint): string[] {
  return attempts.flatMap(({ outcome, startedMs, endedMs, attempt, error, errorCode }) => {
    const verb = Object.hasOwn(VERBS, outcome) ? VERBS[outcome] : undefined;
    if (verb === undefined || endedMs === null) return [];
    const why = error ?? errorCode ?? '';
    const reason = outcome === 'timeout' || why === '' ? '' : `: ${oneLine(why)}`;
    const text = `  ${attempt + 1}. ${verb} ${tookText(endedMs - startedMs)}${reason}`;
    return [dim(cutTo(text, columns))];
  });
}

function legend(rows: readonly TraceRow[], scale: TimeScale, { knowsQueues }: WaterfallInput, paint: Paint): string[] {
  const attempts = rows.flatMap((row) => row.attempts);
  const has = (outcome: string): boolean => attempts.some((attempt) => attempt.outcome === outcome);
  const waited = knowsQueues && attempts.some((each) => each.attempt === 0 && each.startedMs - each.sentMs > 0);
  const parts = [
    ...(waited ? [`${QUEUED.char} waited in a queue`] : []),
    ...(has('succeeded') ? [`${paint.green('█')} ran`] : []),
    ...(has('failed') ? [`${paint.red('▓✗')} failed`] : []),
    ...(has('timeout') ? [`${paint.yellow('▓┤')} timed out`] : []),
    ...(has('cancelled') ? ['▒⊘ interrupted'] : []),
    ...(has('running') ? [`${paint.blue('█▶')} runs`] : []),
    ...(attempts.some((each) => each.attempt > 0) ? [`${BACKOFF.char} backoff`] : []),
  ];
  const lines = parts.length === 0 ? [] : [paint.dim(parts.join('   '))];
  if (scale.folds.length > 0) {
    const gaps = scale.folds.map(({ fromMs, toMs }) => durationText(toMs - fromMs));
    lines.push(paint.dim(`┊ left out, as nothing ran: ${gaps.join(', ')}`));
  }
  if (!knowsQueues) lines.push(paint.dim('queue waits unknown: a log does not tell when messages were sent'));
  return lines;
}
