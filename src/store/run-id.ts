/** Runs that a runner may number; then it opens as a new one. */
export const RUNS_PER_RUNNER = 2 ** 32;
/** Runners have numbers from 1 to below this one, so that a run id is an integer that a number holds exactly. */
export const MAX_RUNNERS = 2 ** 20;

/**
 * The id of a run: its runner, and its number there, from 1.
 *
 * @example
 * ```ts
 * const { runner } = await store.open(init);
 * const runId = runIdOf(runner, 1);
 * ```
 */
export function runIdOf(runner: number, number: number): number {
  return runner * RUNS_PER_RUNNER + number;
}

/**
 * The runner that a run belongs to.
 *
 * @example
 * ```ts
 * runnerOf(runIdOf(7, 4711)); // 7
 * ```
 */
export function runnerOf(runId: number): number {
  return Math.floor(runId / RUNS_PER_RUNNER);
}
