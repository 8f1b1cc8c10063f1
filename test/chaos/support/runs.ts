import { openSync, readFileSync, writeSync } from 'node:fs';

/** A node has begun to work on a job. */
export interface Run {
  readonly node: string;
  readonly n: number;
  readonly pid: number;
  readonly atMs: number;
}

let file: number | undefined;

/** Names the file that all processes of a test write their runs to. */
export function keepRuns(path: string): void {
  file = openSync(path, 'a');
}

/** Written at once: what a process has begun is known when it is killed in the next moment. */
export function noteRun(node: string, n: number): void {
  if (file !== undefined) writeSync(file, `${node} ${n} ${process.pid} ${Date.now()}\n`);
}

export function readRuns(path: string): readonly Run[] {
  const lines = readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => {
    const [node = '', ...numbers] = line.split(' ');
    const [n = 0, pid = 0, atMs = 0] = numbers.map(Number);
    return { node, n, pid, atMs };
  });
}

/** Runs that were not the first one of their node and job. */
export function rerunsIn(runs: readonly Run[]): number {
  return runs.length - new Set(runs.map(({ node, n }) => `${node} ${n}`)).size;
}
