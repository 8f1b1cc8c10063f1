import { durationText } from '../../logging/lines/human/duration-text.js';
import { oneLine } from '../../logging/lines/human/human-text.js';
import type { LiveFlow, LiveNode, LiveSnapshot } from '../../inspector/api-live.js';
import { HISTOGRAM_MS } from '../../inspector/api-live.js';
import type { Paint } from '../paint.js';
import { cutTo, padBefore, padTo, widthOf } from '../text-width.js';

/** What nodes are sorted by. */
export const ORDERS = ['graph', 'queue', 'rate', 'p95', 'failed', 'oldest'] as const;
export type Order = (typeof ORDERS)[number];

/** How the table looks just now. */
export interface TableView {
  readonly order: Order;
  /** The line that Enter opens; undefined: there is none. */
  readonly selected: number | undefined;
  readonly isOpen: boolean;
}

interface Column {
  readonly name: string;
  readonly order?: Order;
  readonly left?: true;
  /** The greater, the sooner it goes where there is no room. */
  readonly goes: number;
  readonly cell: (node: LiveNode) => string;
}

const LONGEST_NAME = 28;
const BAR = 6;
/** A queue is nearly full from there on. */
const NEARLY_FULL = 0.8;

const COLUMNS: readonly Column[] = [
  { name: 'queue', order: 'queue', left: true, goes: 0, cell: queueText },
  { name: 'run', goes: 2, cell: ({ running }) => `${running}` },
  { name: 'held', goes: 7, cell: ({ held }) => `${held}` },
  { name: 'rate/s', order: 'rate', goes: 0, cell: ({ rate }) => rateText(rate) },
  { name: 'p50', goes: 3, cell: ({ p50Ms }) => msText(p50Ms) },
  { name: 'p95', order: 'p95', goes: 0, cell: ({ p95Ms }) => msText(p95Ms) },
  { name: 'failed', order: 'failed', goes: 0, cell: ({ failed }) => count(failed) },
  { name: 'retried', goes: 6, cell: ({ retried }) => count(retried) },
  { name: 'timeouts', goes: 5, cell: ({ timedOut }) => count(timedOut) },
  { name: 'oldest', order: 'oldest', goes: 1, cell: (node) => ageText(oldestOf(node)) },
  { name: '', left: true, goes: 0, cell: stateText },
];

/** The flows of a process with their nodes, a line each. */
export function topTable(snapshot: LiveSnapshot, view: TableView, columns: number, paint: Paint): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const flow of snapshot.flows) {
    if (lines.length > 0) lines.push('');
    lines.push(flowText(flow, columns, paint));
    const nodes = sorted(flow.nodes, view.order);
    const shown = fitting(nodes, columns);
    lines.push(paint.dim(cutTo(headText(nodes, shown, view.order), columns)));
    for (const node of nodes) {
      const isSelected = at === view.selected;
      lines.push(painted(node, cutTo(nodeText(node, nodes, shown, isSelected), columns), isSelected, paint));
      if (isSelected && view.isOpen) lines.push(...detailText(node, columns, paint));
      at += 1;
    }
    const open = flow.dependencies.filter(({ breaker }) => breaker === 'open' || breaker === 'half-open');
    for (const { name, breaker } of open) lines.push(paint.red(`  ! breaker of ${oneLine(name)} is ${breaker}`));
    if (flow.stalled !== null) lines.push(paint.red(cutTo(`  ! stalled: ${oneLine(flow.stalled)}`, columns)));
  }
  if (snapshot.flows.length === 0) lines.push('No flows.');
  if (snapshot.history.degraded !== null) {
    lines.push('', paint.yellow(cutTo(`! history: ${oneLine(snapshot.history.degraded)}`, columns)));
  }
  return lines;
}

export function nodeCount({ flows }: LiveSnapshot): number {
  return flows.reduce((sum, { nodes }) => sum + nodes.length, 0);
}

/** With as many facts as there is room for; that runs fail is always among them. */
function flowText(flow: LiveFlow, columns: number, { bold, dim, red, green }: Paint): string {
  const { name, state, active, rate, failureRate, failures, retries, started } = flow;
  const facts = [
    `${count(active)} active`,
    `${rateText(rate)}/s`,
    `${count(started)} runs`,
    `${count(retries)} retries`,
  ];
  const hasFailed = failures > 0 || (failureRate ?? 0) > 0;
  const failed = hasFailed ? red(`✗ ${count(failures)} failed lately`) : dim('none failed lately');
  const head = `${bold(oneLine(name))}  ${state === 'running' ? green(state) : oneLine(state)}`;
  while (facts.length > 0 && widthOf(`${head}  ${facts.join('  ')}  ${failed}`) > columns) facts.pop();
  return cutPainted([head, ...(facts.length > 0 ? [dim(facts.join('  '))] : []), failed].join('  '), columns);
}

function sorted(nodes: readonly LiveNode[], order: Order): readonly LiveNode[] {
  const by: Readonly<Record<Order, (node: LiveNode) => number>> = {
    graph: () => 0,
    queue: ({ queued, capacity }) => (capacity > 0 ? queued / capacity : queued / 1_000),
    rate: ({ rate }) => rate ?? 0,
    p95: ({ p95Ms }) => p95Ms ?? 0,
    failed: ({ failed }) => failed,
    oldest: oldestOf,
  };
  return order === 'graph' ? nodes : nodes.toSorted((one, other) => by[order](other) - by[order](one));
}

/** The columns for which there is room. */
function fitting(nodes: readonly LiveNode[], columns: number): readonly Column[] {
  let shown = COLUMNS;
  const width = (): number => nameWidth(nodes) + 2 + shown.reduce((sum, column) => sum + widthIn(column, nodes) + 2, 0);
  for (let goes = 7; goes > 0 && width() > columns; goes--) shown = shown.filter((column) => column.goes !== goes);
  return shown;
}

function nameWidth(nodes: readonly LiveNode[]): number {
  return Math.min(LONGEST_NAME, Math.max(4, ...nodes.map(({ name }) => widthOf(name))));
}

/** The mark of what is sorted by has its place also where it does not stand. */
function widthIn(column: Column, nodes: readonly LiveNode[]): number {
  const head = column.name.length + (column.order === undefined ? 0 : 1);
  const least = column.name === 'queue' ? BAR + 8 : column.name === '' ? 0 : 6;
  return Math.max(head, least, ...nodes.map((node) => widthOf(column.cell(node))));
}

function headText(nodes: readonly LiveNode[], shown: readonly Column[], order: Order): string {
  const cells = shown.map((column) => {
    const name = column.order !== undefined && column.order === order ? `▼${column.name}` : column.name;
    return column.left === true ? padTo(name, widthIn(column, nodes)) : padBefore(name, widthIn(column, nodes));
  });
  return `  ${padTo('node', nameWidth(nodes))}  ${cells.join('  ')}`.trimEnd();
}

function nodeText(node: LiveNode, nodes: readonly LiveNode[], shown: readonly Column[], isSelected: boolean): string {
  const cells = shown.map((column) => {
    const width = widthIn(column, nodes);
    const text = column.cell(node);
    return column.left === true ? padTo(text, width) : padBefore(text, width);
  });
  const name = padTo(cutTo(oneLine(node.name), nameWidth(nodes)), nameWidth(nodes));
  return `${isSelected ? '›' : ' '} ${name}  ${cells.join('  ')}`.trimEnd();
}

function painted(node: LiveNode, text: string, isSelected: boolean, { bold, red, yellow }: Paint): string {
  const weighed = isSelected ? bold(text) : text;
  if (node.failing || node.stuck) return red(weighed);
  return isNearlyFull(node) ? yellow(weighed) : weighed;
}

function detailText(node: LiveNode, columns: number, { dim }: Paint): string[] {
  const facts = [
    `${count(node.succeeded)} succeeded, ${count(node.failed)} failed, ${count(node.retried)} retried, ${count(node.timedOut)} timed out`,
    `oldest attempt ${ageText(node.oldestAttemptS) || '-'}, oldest message in the queue ${ageText(node.oldestQueuedS) || '-'}`,
  ];
  const most = Math.max(1, ...node.histogram);
  const bars = node.histogram.flatMap((attempts, at) => {
    if (attempts === 0) return [];
    const upTo = HISTOGRAM_MS[at];
    const label = upTo === undefined ? `> ${durationText(HISTOGRAM_MS.at(-1)!)}` : `≤ ${durationText(upTo)}`;
    const width = Math.max(1, Math.round((attempts / most) * Math.max(10, columns - 40)));
    return [`${padBefore(label, 12)}  ${'▇'.repeat(width)} ${count(attempts)}`];
  });
  return [...facts, ...bars].map((line) => dim(cutTo(`      ${line}`, columns)));
}

function queueText({ queued, capacity }: LiveNode): string {
  if (capacity <= 0) return `${' '.repeat(BAR)} ${queued}`;
  const full = Math.max(0, Math.min(BAR, Math.ceil((queued / capacity) * BAR)));
  return `${'▇'.repeat(full)}${'·'.repeat(BAR - full)} ${queued}/${capacity}`;
}

function isNearlyFull({ queued, capacity }: LiveNode): boolean {
  return capacity > 0 && queued / capacity > NEARLY_FULL;
}

function stateText(node: LiveNode): string {
  if (node.stuck) return '! stuck';
  if (node.failing) return '✗ failing';
  return isNearlyFull(node) ? '▲ full' : '';
}

function oldestOf({ oldestAttemptS, oldestQueuedS }: LiveNode): number {
  return Math.max(oldestAttemptS, oldestQueuedS);
}

function ageText(seconds: number): string {
  return seconds > 0 ? durationText(seconds * 1_000) : '';
}

function msText(ms: number | null): string {
  return ms === null ? '' : durationText(ms);
}

function rateText(rate: number | null): string {
  if (rate === null) return '-';
  return rate >= 100 || rate === 0 ? count(Math.round(rate)) : rate.toFixed(rate >= 10 ? 1 : 2);
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** A painted line that is too long loses its colours. */
function cutPainted(text: string, columns: number): string {
  // oxlint-disable-next-line eslint/no-control-regex -- what colours are made of is what it looks for
  return widthOf(text) <= columns ? text : cutTo(text.replaceAll(/\u001b\[[\d;]*m/g, ''), columns);
}
