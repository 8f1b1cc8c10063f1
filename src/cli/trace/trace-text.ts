import { oneLine } from '../../logging/lines/human/human-text.js';
import type { PartItem, RunItem } from '../../inspector/api.js';
import type { Paint } from '../paint.js';
import type { TraceView } from '../sources/run-source.js';
import { cutTo, wrapWords } from '../text-width.js';
import { statusText, timeText, tookText } from '../run-text.js';
import { waterfall } from './waterfall.js';

/** How a trace is shown. */
export interface TraceTextOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly nowMs: number;
  readonly knowsQueues: boolean;
  readonly maxRows?: number | undefined;
}

/** Lines for what the first failure says. */
const WHY_LINES = 3;

/** A run for people: what it is, why it failed, what happened when. */
export function traceText(view: TraceView, options: TraceTextOptions): string {
  const { run, attempts, children, parent, cut } = view;
  const { columns, paint, nowMs, knowsQueues, maxRows } = options;
  const lines = [...headLines(view, options), ''];
  const endedMs = run.endedMs ?? Math.max(nowMs, run.startedMs);
  if (attempts.length === 0) lines.push(paint.dim('No attempts are known.'));
  else lines.push(...waterfall({ attempts, startedMs: run.startedMs, endedMs, knowsQueues }, columns, paint, maxRows));
  if (parent !== null) lines.push('', `called by ${relativeText(parent, run, paint)}`);
  if (children.length > 0)
    lines.push('', ...children.slice(0, 20).map((child) => `${relationOf(child)} ${relativeText(child, run, paint)}`));
  if (children.length > 20) lines.push(paint.dim(`… and ${children.length - 20} more`));
  if (cut) lines.push(paint.yellow('There is more of it than a store gives at once.'));
  if (run.rowsLeftOut > 0)
    lines.push(paint.yellow(`${run.rowsLeftOut} rows of it were not kept: the store was too slow.`));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function headLines({ run, labels, otelTraceId }: TraceView, { columns, paint, nowMs }: TraceTextOptions): string[] {
  const tookMs = (run.endedMs ?? nowMs) - run.startedMs;
  const verb = run.endedMs === null ? (run.status === 'interrupted' ? ' after an unknown time' : ' for ') : ' in ';
  const took = run.endedMs === null && run.status === 'interrupted' ? verb : `${verb}${tookText(tookMs)}`;
  const tenant = run.tenant === 'default' ? '' : `  ${oneLine(run.tenant)}`;
  const lines = [
    `${paint.bold(oneLine(run.flow))}  ${statusText(run.status, paint)}${took}${tenant}  ${paint.dim(oneLine(run.traceId))}`,
  ];
  const retries = run.retries === 0 ? '' : `, ${run.retries} ${run.retries === 1 ? 'retry' : 'retries'}`;
  const facts = [
    timeText(run.startedMs),
    `${oneLine(run.kind)}, ${run.attempts} ${run.attempts === 1 ? 'attempt' : 'attempts'}${retries}`,
  ];
  if (run.replayOf !== null) facts.push(`replays run ${run.replayOf}`);
  if (run.pinned) facts.push('pinned');
  if (otelTraceId !== null) facts.push(`OpenTelemetry ${oneLine(otelTraceId)}`);
  lines.push(paint.dim(cutTo(facts.join('  '), columns)));
  if (run.part !== null) lines.push(paint.dim(cutTo(partText(run.part), columns)));
  if (labels.length > 0)
    lines.push(
      paint.dim(cutTo(labels.map(({ name, value }) => `${oneLine(name)}=${oneLine(value)}`).join('  '), columns)),
    );
  if (run.errorCode !== null) {
    const where = run.errorNode === null ? '' : ` in ${oneLine(run.errorNode)}`;
    const why = run.errorMessage === null ? '' : `: ${oneLine(run.errorMessage)}`;
    lines.push(...wrapWords(`${oneLine(run.errorCode)}${where}${why}`, columns, WHY_LINES).map(paint.red));
  }
  return lines;
}

/** `root c1-abc  worker cpu-1, group cpu, delivered again` */
function partText({ root, worker, group, redelivered }: PartItem): string {
  if (worker === null) return `root ${oneLine(root)}`;
  const where = group === null ? '' : `, group ${oneLine(group)}`;
  return `root ${oneLine(root)}  worker ${oneLine(worker)}${where}${redelivered > 0 ? ', delivered again' : ''}`;
}

/** What a run has to do with the one that is shown. */
function relationOf({ kind, part }: RunItem): string {
  return kind === 'part' ? `part at ${oneLine(part?.worker ?? 'a worker')}:` : 'called';
}

function relativeText(other: RunItem, { traceId }: RunItem, paint: Paint): string {
  const took = other.endedMs === null ? '' : ` in ${tookText(other.endedMs - other.startedMs)}`;
  // A run that another one called is mostly of its trace.
  const trace = other.traceId === traceId ? '' : `  ${oneLine(other.traceId)}`;
  return `${oneLine(other.flow)}  ${statusText(other.status, paint)}${took}${paint.dim(`${trace}  run ${other.id}`)}`;
}
