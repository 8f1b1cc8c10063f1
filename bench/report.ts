import type { Better } from './workloads.js';

/** What one contender did in one workload. */
export interface Cell {
  readonly name: string;
  about: string;
  /** Medians over the rounds; undefined for one that cannot. */
  figures: Readonly<Record<string, number>> | undefined;
  /** Why it has no figures. */
  reason?: string;
  readonly samples: Readonly<Record<string, number>>[];
}

export interface WorkloadResults {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: Better;
  readonly cells: readonly Cell[];
}

export interface Results {
  readonly node: string;
  /** The contender that the others are compared with. */
  readonly ours: string;
  readonly rounds: number;
  readonly quick: boolean;
  readonly workloads: readonly WorkloadResults[];
}

/** The middle value; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** How many times as good as ours; above 1 is better than ours, whatever the unit. */
export function ratioToOurs(workload: WorkloadResults, cell: Cell, ours: string): number | undefined {
  const own = firstFigure(workload.cells.find(({ name }) => name === ours));
  const other = firstFigure(cell);
  if (own === undefined || other === undefined) return undefined;
  return workload.better === 'more' ? other / own : own / other;
}

/** The cells with figures, the best first. */
export function ranked({ cells, better }: WorkloadResults): Cell[] {
  const sign = better === 'more' ? -1 : 1;
  return cells
    .filter(({ figures }) => figures !== undefined)
    .toSorted((a, b) => sign * ((firstFigure(a) as number) - (firstFigure(b) as number)));
}

/** The results as Markdown. */
export function reportOf(results: Results): string {
  const { node, rounds, quick, workloads, ours } = results;
  const how = `Node ${node}, medians of ${rounds} interleaved ${rounds === 1 ? 'round' : 'rounds'}, each contender in a process of its own`;
  const parts = [`# Results\n\n${how}${quick ? '; --quick, so a rough picture only' : ''}.\n`];
  parts.push('`ratio` says how many times as good as penguiflow: above 1 is better than penguiflow.\n');
  for (const workload of workloads) {
    const cells = ranked(workload);
    const figures = Object.keys(cells[0]?.figures ?? {});
    const rows = cells.map((cell) => [
      cell.name,
      ...figures.map((figure) => format(cell.figures?.[figure])),
      format(ratioToOurs(workload, cell, ours)),
    ]);
    parts.push(`## ${workload.id}: ${workload.title}\n\n${table([['', ...figures, 'ratio'], ...rows])}\n`);
    const silent = workload.cells.filter((cell) => cell.figures === undefined);
    if (silent.length !== 0) parts.push(`${silent.map(({ name, reason }) => `- ${name}: ${reason}`).join('\n')}\n`);
  }
  const about = new Map(workloads.flatMap(({ cells }) => cells.map((cell) => [cell.name, cell.about] as const)));
  parts.push(`## What is compared\n\n${[...about].map(([name, text]) => `- **${name}**: ${text}`).join('\n')}\n`);
  return parts.join('\n');
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

function firstFigure(cell: Cell | undefined): number | undefined {
  return cell?.figures === undefined ? undefined : Object.values(cell.figures)[0];
}

function format(value: number | undefined): string {
  if (value === undefined) return '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
