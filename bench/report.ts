import { ranked, ratioToOurs, type Results, type WorkloadResults } from './results.js';
import { verdictsOn } from './targets.js';

/** The results as Markdown. */
export function reportOf(results: Results): string {
  const { node, quick, workloads } = results;
  const rounds = [...new Set(workloads.map((workload) => workload.rounds))].toSorted((a, b) => a - b).join(' or ');
  const how = `Node ${node}, medians of ${rounds} interleaved ${rounds === '1' ? 'round' : 'rounds'}, each run in a process of its own`;
  const parts = [`# Results\n\n${how}${quick ? '; --quick, so a rough picture only' : ''}.\n`];
  parts.push(
    '`ratio` says how many times as good as penguiflow (in W6: as its `FlowLogger`): above 1 is better than penguiflow.\n',
  );
  for (const workload of workloads) parts.push(...sectionOf(workload));
  const verdicts = verdictsOn(workloads).map(({ id, text, reached, met }) => [
    `${id}: ${text}`,
    reached,
    met === undefined ? '' : met ? 'yes' : 'no',
  ]);
  parts.push(`## Targets\n\n${table([['target', 'reached', 'met'], ...verdicts])}\n`);
  const known = aboutEach(workloads);
  parts.push(`## What is compared\n\n${[...known].map(([name, text]) => `- **${name}**: ${text}`).join('\n')}\n`);
  return parts.join('\n');
}

/** What there is to know of each row; where a workload says something else about it, its id stands beside the name. */
function aboutEach(workloads: readonly WorkloadResults[]): Map<string, string> {
  const known = new Map<string, string>();
  for (const { id, cells } of workloads) {
    for (const { name, about } of cells) {
      if (about === '' || known.get(name) === about) continue;
      known.set(known.has(name) ? `${name}, ${id}` : name, about);
    }
  }
  return known;
}

function sectionOf(workload: WorkloadResults): string[] {
  const cells = ranked(workload);
  const figures = Object.keys(cells[0]?.figures ?? {});
  const compared = workload.ours !== undefined;
  const rows = cells.map((cell) => [
    cell.name,
    ...figures.map((figure) => format(cell.figures?.[figure])),
    ...(compared ? [format(ratioToOurs(workload, cell))] : []),
  ]);
  const head = ['', ...figures, ...(compared ? ['ratio'] : [])];
  const parts = [`## ${workload.id}: ${workload.title}\n`];
  if (rows.length !== 0) parts.push(`${table([head, ...rows])}\n`);
  const silent = workload.cells.filter((cell) => cell.figures === undefined);
  if (silent.length !== 0) parts.push(`${silent.map(({ name, reason }) => `- ${name}: ${reason}`).join('\n')}\n`);
  return parts;
}

/** A Markdown table with aligned columns: the first to the left, the others to the right. */
function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

/** A figure with as many digits as mean something. */
function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  if (Math.abs(value) >= 100 || value === 0) return value.toFixed(0);
  return Math.abs(value) < 0.1 ? value.toFixed(4) : value.toFixed(2);
}
