import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import type { Cell } from './results.js';
import { median, type Figures, type Outcome, type Workload } from './workload.js';

const RUN_ONE = fileURLToPath(new URL('run-one.js', import.meta.url));
const LONGEST_MS = 120_000;

/** What has been measured so far. */
export class Measurements {
  readonly #cells = new Map<string, Cell>();
  readonly #scale: number;

  constructor(scale: number) {
    this.#scale = scale;
  }

  /** The rows of a workload. */
  cells(id: string): Cell[] {
    return [...this.#cells].filter(([key]) => key.startsWith(`${id} `)).map(([, cell]) => cell);
  }

  /** One more round of a contender, each run in a process of its own. */
  measure(workload: Workload, name: string): void {
    const key = `${workload.id} ${name}`;
    const cell = this.#cells.get(key) ?? { name, about: '', figures: undefined, samples: [] };
    this.#cells.set(key, cell);
    // It has said that it cannot, or did not come back.
    if (cell.reason !== undefined) return;
    const sample: Record<string, number> = {};
    for (const size of workload.sizes ?? [1]) {
      const outcomes = Array.from({ length: this.#scale < 1 ? 1 : (workload.processes ?? 1) }, () =>
        this.#run(workload.id, name, size),
      );
      const failed = outcomes.find(({ figures }) => figures === undefined);
      cell.about = outcomes[0]?.about ?? '';
      if (failed !== undefined) {
        cell.reason = failed.reason ?? '';
        cell.figures = undefined;
        return;
      }
      Object.assign(sample, medians(outcomes.map(({ figures }) => figures as Figures)));
    }
    cell.samples.push({ ...sample, ...workload.derive?.(sample) });
    cell.figures = medians(cell.samples);
  }

  #run(id: string, name: string, size: number): Outcome {
    const args = ['--expose-gc', '--no-warnings', RUN_ONE, id, name, String(this.#scale), String(size)];
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LONGEST_MS, maxBuffer: 2 ** 26 });
    try {
      return JSON.parse(child.stdout) as Outcome;
    } catch {
      const said = child.stderr.split('\n').find((line) => line.includes('Error')) ?? 'no answer';
      const late = (child.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
      const why = late ? `not done after ${LONGEST_MS / 1000} s` : (child.error?.message ?? said);
      return { about: '', reason: `failed: ${why.trim().slice(0, 120)}` };
    }
  }
}

function medians(samples: readonly Figures[]): Figures {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name] as number))]));
}
