import { waitUntil } from './flow-lifecycle.js';
import type { FlowEngine } from './flow-engine.js';
import type { TimeBudget } from './time-budget.js';

/** Lets the work finish for `drainS` at most. */
export async function drainFlow(engine: FlowEngine, drainS: number): Promise<void> {
  const { core } = engine;
  core.draining = true;
  await waitUntil(
    core,
    drainS,
    () => engine.idle,
    (check) => (core.onFreed = core.egress.onTaken = check),
  );
  core.egress.onTaken = undefined;
  core.draining = false;
}

/** Waits for interrupted code to return; the names of the nodes whose code does not. */
export async function lateNodes({ core, workers }: FlowEngine, grace: TimeBudget): Promise<readonly string[]> {
  const returned = (): boolean => workers.every((worker) => worker.late.size === 0);
  await waitUntil(core, grace.leftS, returned, (check) => (core.onLateSettled = check));
  return workers.filter((worker) => worker.late.size !== 0).map((worker) => worker.name);
}
