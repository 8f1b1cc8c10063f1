import { oneLine } from '../../logging/lines/human/human-text.js';
import { humanLine, isFolded } from '../../logging/lines/human/line-human.js';
import { flatLine } from '../../logging/lines/line-flat.js';
import { FieldList, fieldName } from '../../logging/lines/field-list.js';
import type { LogRecord } from '../../logging/lines/log-record.js';
import { npmLevel } from '../../logging/lines/logging-level.js';
import type { LineView } from '../../inspector/api-live.js';
import type { LineList, RunItem } from '../../inspector/api.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { LineFilter } from '../logs/line-filter.js';
import { LinePrinter } from '../logs/line-printer.js';
import { fileFailure, openLog } from '../logs/open-log.js';
import { paintFor } from '../paint.js';
import { findRun } from '../sources/find-run.js';
import type { RunSource, TraceView } from '../sources/run-source.js';
import type { SourceOptions } from '../sources/source-options.js';
import { withSource } from '../sources/with-source.js';
import type { Terminal } from '../terminal.js';
import { traceFromLog } from './trace-from-log.js';
import { traceText } from './trace-text.js';

/** Options of `penguiflow trace`. */
export interface TraceOptions extends SourceOptions {
  readonly logs?: true;
  readonly json?: true;
  readonly all?: true;
}

/** A trace, its lines, and whether anybody knows how long its messages waited. */
interface Found {
  readonly view: TraceView;
  readonly records: readonly LogRecord[];
  readonly knowsQueues: boolean;
}

const LISTED = 10;
/** Of lines: more than a run has. */
const MAX_PAGES = 1_000;

/** `penguiflow trace ID [FILE…]` */
export async function showTrace(
  terminal: Terminal,
  id: string,
  files: readonly string[],
  options: TraceOptions,
): Promise<number> {
  const found =
    files.length > 0
      ? await fromLogs(terminal, id, files)
      : await withSource(terminal, options, (source) => fromSource(source, id, options.logs === true));
  if (options.json === true) {
    const { lines: _, ...view } = found.view;
    const lines =
      options.logs === true ? { lines: found.records.map((record) => JSON.parse(flatLine(record)) as object) } : {};
    await terminal.print(`${JSON.stringify({ ...view, queuesKnown: found.knowsQueues, ...lines })}\n`);
    return EXIT.ok;
  }
  const { columns, colours } = terminal;
  const paint = paintFor(colours);
  const maxRows = options.all === true ? Number.POSITIVE_INFINITY : undefined;
  const { knowsQueues } = found;
  await terminal.print(traceText(found.view, { columns, paint, nowMs: Date.now(), knowsQueues, maxRows }));
  if (options.logs === true) await terminal.print(logText(found.records, terminal));
  return EXIT.ok;
}

function logText(records: readonly LogRecord[], { columns, colours }: Terminal): string {
  if (records.length === 0)
    return `\n${paintFor(colours).dim('No lines of it are kept: history.logTransport() keeps them.')}\n`;
  const format = humanLine({ columns, colours, fullIds: false, includeExtras: undefined });
  const told = records.filter((record) => !isFolded(record));
  return `\n${told.map((record) => `${format(record)}\n`).join('')}`;
}

async function fromSource(source: RunSource, id: string, withLines: boolean): Promise<Found> {
  const run = await findRun(source, id);
  const view = await source.run(run.id);
  if (view === undefined) throw new CommandFailure(EXIT.notFound, `Run ${run.id} has just been deleted`);
  const lines = [...view.lines.lines];
  let cursor = withLines ? view.lines.cursor : null;
  for (let page = 0; cursor !== null && page < MAX_PAGES; page++) {
    const more: LineList = await source.lines(run.id, cursor);
    lines.push(...more.lines);
    ({ cursor } = more);
  }
  return { view, records: lines.map((line) => recordOf(line, run)), knowsQueues: true };
}

async function fromLogs(terminal: Terminal, id: string, files: readonly string[]): Promise<Found> {
  const traces = new Map<string, LogRecord[]>();
  const onRecord = (record: LogRecord): void => {
    const traceId = String(record.fields.get('trace_id'));
    const trace = traces.get(traceId);
    if (trace === undefined) traces.set(traceId, [record]);
    else trace.push(record);
  };
  const filter = new LineFilter({ trace: id }, Date.now());
  for (const path of files) {
    const printer = new LinePrinter({
      filter,
      json: true,
      colours: false,
      columns: 120,
      all: false,
      fullIds: true,
      onRecord,
    });
    try {
      for await (const chunk of await openLog(path, terminal.stdin)) printer.push(chunk);
      printer.end();
    } catch (error) {
      throw fileFailure(error, path);
    }
  }
  const ids = traces.has(id) ? [id] : [...traces.keys()];
  if (ids.length > 1) {
    const list = ids.slice(0, LISTED).map((each) => `  ${oneLine(each)}`);
    throw new CommandFailure(
      EXIT.usage,
      `${ids.length} traces are called ${id}:\n${list.join('\n')}`,
      'Give more of the id.',
    );
  }
  const records = traces.get(ids[0] ?? '');
  if (records === undefined) throw new CommandFailure(EXIT.notFound, `No line is of a trace ${JSON.stringify(id)}`);
  return { view: traceFromLog(records), records, knowsQueues: false };
}

/** A stored line as it was written. */
function recordOf({ atMs, level, logger, message, node, fields }: LineView, run: RunItem): LogRecord {
  const list = new FieldList();
  const ids = { flow_name: run.flow, node_name: node, tenant: run.tenant, trace_id: run.traceId };
  for (const [name, value] of Object.entries({ ...parsed(fields), ...ids })) {
    if (value !== null) list.add(fieldName(name), value);
  }
  const npm = npmLevel(level);
  return { timeMs: atMs, level: npm === 'silent' ? 'info' : npm, logger, message, fields: list };
}

function parsed(fields: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(fields ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return { fields };
  }
}
