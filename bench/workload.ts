import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';

/** What a run of a workload gives, by the name of the figure; the first one is compared. */
export type Figures = Readonly<Record<string, number>>;

/** Whether more or less of the first figure is better. */
export type Better = 'more' | 'less';

/** What one process has to say. */
export interface Outcome {
  readonly about: string;
  /** Undefined for a contender that cannot express it. */
  readonly figures?: Figures | undefined;
  readonly reason?: string;
}

/** One table of the results. */
export interface Workload {
  /** `W4a` is the first table of W4; `--only W4` takes them all. */
  readonly id: string;
  readonly title: string;
  readonly better: Better;
  readonly unit: string;
  /** Its rows. */
  readonly contenders: readonly string[];
  /** The row that the others are compared with; undefined where nothing is compared. */
  readonly ours: string | undefined;
  /** Sizes, each measured in a process of its own; their figures together make a row. */
  readonly sizes?: readonly number[];
  /** Figures made from those of all sizes of one round. */
  derive?(figures: Figures): Figures;
  /** Processes per round, where one is not enough for a median. @defaultValue 1 */
  readonly processes?: number;
  /** @param scale - 1, or less for a quick look */
  run(name: string, scale: number, size: number): Promise<Outcome>;
}

/** The middle value; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** CPU time of the process, all threads, in nanoseconds for each of `count`. It is steadier than the clock on a busy machine. */
export async function cpuNs(count: number, run: (count: number) => Promise<void> | void): Promise<number> {
  await turn();
  const before = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}

/** How long each contender runs before it is measured, in milliseconds. */
const WARM_UP_MS = 400;

/** Runs parts of the given size until the compiler has had its time. */
export async function warmUp(part: number, run: (count: number) => Promise<void> | void): Promise<void> {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) await run(part);
}
