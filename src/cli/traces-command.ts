import { oneLine } from '../logging/lines/human/human-text.js';
import type { RunItem, RunSearch } from '../inspector/api.js';
import { CommandFailure } from './command-failure.js';
import { EXIT } from './exit-codes.js';
import { invalidValue, parseCount, parseDuration, parseTime } from './option-values.js';
import { paintFor, type Paint } from './paint.js';
import { statusText, timeText, tookText } from './run-text.js';
import type { RunSource } from './sources/run-source.js';
import type { SourceOptions } from './sources/source-options.js';
import { withSource } from './sources/with-source.js';
import type { Terminal } from './terminal.js';
import { cutTo, padBefore, padTo, widthOf } from './text-width.js';

/** Options of `penguiflow traces`. */
export interface TracesOptions extends SourceOptions {
  readonly flow?: string;
  readonly failed?: true;
  readonly status?: string;
  readonly tenant?: string;
  readonly label?: string;
  readonly node?: string;
  readonly code?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly slower?: string;
  readonly limit: string;
  readonly json?: true;
}

/** What a store gives at once. */
const PAGE = 500;
const HEX_ID = /^[\da-f]{32}$/;
const SHORT_ID = 8;
const LONGEST_ID = 24;
/** Terminals in which there is room for whole ids. */
const WIDE = 130;
/** Searches that end without the runs that were wanted say so, after as many pages. */
const MAX_PAGES = 200;

/** `penguiflow traces` */
export async function listTraces(terminal: Terminal, options: TracesOptions): Promise<number> {
  const limit = parseCount(options.limit, '--limit', 100_000);
  const search = searchOf(options, Date.now());
  return withSource(terminal, options, async (source) => {
    const { runs, searchedToMs } = await collect(source, search, limit);
    if (options.json === true) {
      await terminal.print(runs.map((run) => `${JSON.stringify(run)}\n`).join(''));
      return EXIT.ok;
    }
    const paint = paintFor(terminal.colours);
    const lines = runs.length === 0 ? ['No runs.'] : table(runs, terminal.columns, paint);
    if (searchedToMs !== null)
      lines.push(paint.dim(`Runs since ${timeText(searchedToMs)} were looked at; narrow the search for older ones.`));
    await terminal.print(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}

function searchOf(options: TracesOptions, nowMs: number): RunSearch {
  const { flow, failed, status, tenant, label, node, code, text, since, until, slower } = options;
  if (failed === true && status !== undefined && status !== 'failed') {
    throw new CommandFailure(EXIT.usage, 'Give one of --failed and --status');
  }
  if (label !== undefined && !/^[^=:]+[=:]/.test(label)) throw invalidValue('--label', 'name=value', label);
  const given = {
    flow,
    status: failed === true ? 'failed' : status,
    tenant,
    label: label?.replace(/[=:]/, ':'),
    node,
    code,
    text,
    fromMs: since === undefined ? undefined : String(parseTime(since, '--since', nowMs)),
    toMs: until === undefined ? undefined : String(parseTime(until, '--until', nowMs)),
    minMs: slower === undefined ? undefined : String(parseDuration(slower, '--slower')),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function collect(
  source: RunSource,
  search: RunSearch,
  limit: number,
): Promise<{ readonly runs: readonly RunItem[]; readonly searchedToMs: number | null }> {
  const runs: RunItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const size = String(Math.min(PAGE, limit - runs.length));
    const found = await source.list({ ...search, limit: size, ...(cursor === undefined ? {} : { cursor }) });
    runs.push(...found.runs);
    if (found.cursor === null || runs.length >= limit) return { runs, searchedToMs: null };
    if (page === MAX_PAGES - 1) return { runs, searchedToMs: found.searchedToMs };
    ({ cursor } = found);
  }
  return { runs, searchedToMs: null };
}

function table(runs: readonly RunItem[], columns: number, paint: Paint): string[] {
  const days = new Set(runs.map(({ startedMs }) => timeText(startedMs).slice(0, 10)));
  const today = timeText(Date.now()).slice(0, 10);
  const isThisYear = [...days].every((day) => day.slice(0, 4) === today.slice(0, 4));
  const time = ({ startedMs }: RunItem): string => {
    const text = timeText(startedMs);
    if (days.size === 1 && days.has(today)) return text.slice(11);
    return isThisYear ? text.slice(5, 19) : text.slice(0, 16);
  };
  const hasTenants = runs.some(({ tenant }) => tenant !== 'default');
  const rows = runs.map((run) => [
    time(run),
    statusText(run.status, paint),
    run.endedMs === null ? '' : tookText(run.endedMs - run.startedMs),
    cutTo(oneLine(run.flow), 20),
    hasTenants ? cutTo(oneLine(run.tenant), 14) : '',
    columns >= WIDE ? oneLine(run.traceId) : shortId(run.traceId),
    whyText(run),
  ]);
  const names = ['started', 'status', 'took', 'flow', hasTenants ? 'tenant' : '', 'trace', 'why'];
  const widths = names.map((name, at) => Math.max(widthOf(name), ...rows.map((row) => widthOf(row[at]!))));
  const line = (cells: readonly string[], brush: (text: string) => string): string => {
    const fixed = cells
      .slice(0, -1)
      .map((cell, at) => (at === 2 ? padBefore(cell, widths[at]!) : padTo(cell, widths[at]!)));
    const before = fixed.filter((_, at) => widths[at]! > 0).join('  ');
    const room = columns - widthOf(before) - 2;
    return `${before}  ${brush(cutTo(cells.at(-1)!, Math.max(0, room)))}`.trimEnd();
  };
  return [paint.dim(line(names, (text) => text)), ...rows.map((row) => line(row, paint.dim))];
}

/** As lines for people show it: ids of one process begin alike. */
function shortId(id: string): string {
  if (HEX_ID.test(id)) return id.slice(-SHORT_ID);
  return id.length > LONGEST_ID ? `…${oneLine(id.slice(1 - LONGEST_ID))}` : oneLine(id);
}

function whyText({ errorCode, errorNode, errorMessage, status }: RunItem): string {
  if (errorCode === null || status === 'succeeded') return '';
  return oneLine(`${errorNode === null ? '' : `${errorNode}: `}${errorMessage ?? errorCode}`);
}
