import type { Better, Figures } from './workload.js';

/** What one contender did in one workload. */
export interface Cell {
  readonly name: string;
  about: string;
  /** Medians over the rounds; undefined for one that cannot. */
  figures: Figures | undefined;
  /** Why it has no figures. */
  reason?: string;
  readonly samples: Figures[];
}

export interface WorkloadResults {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: Better;
  /** The row that the others are compared with; undefined where nothing is compared. */
  readonly ours?: string | undefined;
  /** Sizes that the figures are named by. */
  readonly sizes?: readonly number[] | undefined;
  readonly rounds: number;
  readonly cells: readonly Cell[];
}

export interface Results {
  readonly node: string;
  readonly quick: boolean;
  readonly workloads: readonly WorkloadResults[];
}

/** How many times as good as ours; above 1 is better than ours, whatever the unit. */
export function ratioToOurs(workload: WorkloadResults, cell: Cell): number | undefined {
  const own = firstFigure(workload.cells.find(({ name }) => name === workload.ours));
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

/** The figure that is compared. */
export function firstFigure(cell: Cell | undefined): number | undefined {
  return cell?.figures === undefined ? undefined : Object.values(cell.figures)[0];
}
