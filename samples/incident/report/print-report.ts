import type { LoggingStats } from 'penguiflow';

import type { IncidentOptions } from '../command-line.js';
import type { IncidentResult } from '../run-incident.js';
import type { NodeTally } from '../tally.js';
import { placeOf, timeOf, wordsOf, type LogLine } from './explain-trace.js';
import type { Paint } from '../../shared/paint.js';

/** The report of a run. */
export interface IncidentReport {
  readonly options: IncidentOptions;
  readonly total: number;
  readonly result: IncidentResult;
  /** The order that went wrong, and all lines of its trace. */
  readonly question: { readonly order: number; readonly lines: readonly LogLine[] };
  readonly logging: LoggingStats;
}

/** Metrics that tell of the incident. */
const TELLING = /^penguiflow_(flow_trace_latency_seconds_count|dependency_latency_seconds_count|dependency_state)\b/;

/** The report for people, at most so many columns wide. */
export function printReport(report: IncidentReport, paint: Paint, columns: number): string {
  const parts = [
    why(report, paint),
    summary(report, paint),
    nodes(report, paint),
    metrics(report, paint),
    ending(report, paint),
  ];
  return `\n${parts.map((lines) => lines.map((line) => cut(line, columns)).join('\n')).join('\n\n')}\n`;
}

/** The report for programs. Nothing in it depends on how fast the machine is. */
export function jsonReport({ options, total, result, question, logging }: IncidentReport): unknown {
  const { tally, outcomes } = result;
  const nodes = [...tally.nodes].map(([name, { tookMs: _, ...counts }]) => [name, counts]);
  return {
    seed: options.seed,
    orders: total,
    outcomes: counted([...outcomes.values()]),
    statuses: counted([...tally.ends.values()]),
    nodes: Object.fromEntries(nodes) as unknown,
    bank: tally.bank,
    breakerOpened: tally.opened,
    question: { order: question.order, lines: question.lines.map((line) => `${placeOf(line)}: ${line.message}`) },
    linesLost: logging.dropped,
  };
}

function why({ question }: IncidentReport, { bold, dim, red, yellow }: Paint): string[] {
  const { order, lines } = question;
  const beganMs = lines[0] === undefined ? 0 : timeOf(lines[0]);
  const rows = lines.map((line) => {
    const at = `+${(timeOf(line) - beganMs).toFixed(0)} ms`.padStart(10);
    const text = `${at}  ${placeOf(line).padEnd(7)} ${wordsOf(line)}`;
    if (line.recorded === true) return dim(text);
    return line.level === 'error' ? red(text) : line.level === 'warn' ? yellow(text) : text;
  });
  return [bold(`Why did order ${order} fail?`) + dim(`  its trace, order-${order}`), ...rows];
}

function summary({ options, total, result }: IncidentReport, { bold }: Paint): string[] {
  const { tally, outcomes, tookMs } = result;
  const title = bold(`${total} orders in ${(tookMs / 1000).toFixed(1)} s`);
  const fates = Object.entries(counted([...outcomes.values()])).map(([fate, count]) => `${count} ${fate}`);
  const statuses = Object.entries(counted([...tally.ends.values()])).map(([status, count]) => `${count} ${status}`);
  const { success, error, timeout, rejected } = tally.bank;
  return [
    `${title}, seed ${options.seed}`,
    `  outcomes  ${fates.join(', ')}`,
    `  runs      ${statuses.join(', ')}`,
    `  bank      ${success} answers, ${error} errors, ${timeout} timeouts, ${rejected} refused at once`,
    `  breaker   opened ${tally.opened === 1 ? 'once' : `${tally.opened} times`}`,
  ];
}

function nodes({ result }: IncidentReport, { dim }: Paint): string[] {
  const head = ['node', 'attempts', 'ok', 'errors', 'timeouts', 'retries', 'failed', 'median'];
  const rows = [...result.tally.nodes].map(([name, node]) => [
    name,
    ...[node.attempts, node.ok, node.errors, node.timeouts, node.retries, node.failed].map(String),
    `${medianMs(node)} ms`,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const lineOf = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' ');
  return [dim(lineOf(head)), ...rows.map(lineOf)];
}

/** Of those that count something. */
function metrics({ result }: IncidentReport, { dim }: Paint): string[] {
  const moved = result.metrics.split('\n').filter((line) => TELLING.test(line) && !line.endsWith(' 0'));
  return [dim('the metrics that moved (of the flow, of the bank)'), ...moved.map(valueFirst)];
}

/** `   4  flow_trace_latency_seconds_count{status="failed"}`, without what is the same in all. */
function valueFirst(line: string): string {
  const at = line.lastIndexOf(' ');
  const name = line.slice(0, at).replace(/^penguiflow_|flow_name="\w+",?|dependency="\w+",?/g, '');
  return `${line.slice(at + 1).padStart(5)}  ${name}`;
}

function ending({ options, question, logging }: IncidentReport, { green, red, dim }: Paint): string[] {
  const lost = `${logging.dropped} lines lost`;
  return [
    `${logging.dropped === 0 ? green(lost) : red(lost)}, ${logging.written} written.`,
    `Log      ${options.log}`,
    dim(`         grep '"trace_id":"order-${question.order}"' has this story; any order has its own.`),
    `History  ${options.history}`,
  ];
}

function medianMs({ tookMs }: NodeTally): string {
  const sorted = tookMs.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return middle >= 1 ? middle.toFixed(1) : middle.toFixed(2);
}

function counted(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([, one], [, other]) => other - one));
}

// oxlint-disable-next-line no-control-regex -- colours take no room
const COLOUR = /\u001b\[\d+m/g;

/** The colours apart from what is seen. */
// oxlint-disable-next-line no-control-regex -- as above
const COLOURS = /(\u001b\[\d+m)/;

/** At most so many characters that are seen; a line that is cut ends in its colours' end. */
function cut(line: string, columns: number): string {
  if (line.replace(COLOUR, '').length <= columns) return line;
  let seen = 0;
  let text = '';
  for (const part of line.split(COLOURS)) {
    if (part.startsWith('\u001b')) text += part;
    else {
      const room = columns - 1 - seen;
      if (room > 0) text += part.length > room ? `${part.slice(0, room)}…` : part;
      seen += part.length;
    }
  }
  return text;
}
