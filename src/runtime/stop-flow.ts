import type { FlowCore } from './core/flow-core.js';
import { haltFlow, stoppedError } from './control/halt-flow.js';
import { waitUntil, type FlowLifecycle } from './flow-lifecycle.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowParts } from './flow-parts.js';
import type { StopResult } from './stop-options.js';
import { TimeBudget } from './time-budget.js';

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
async function lateNodes({ core, workers }: FlowEngine, grace: TimeBudget): Promise<readonly string[]> {
  const returned = (): boolean => workers.every((worker) => worker.late.size === 0);
  await waitUntil(core, grace.leftS, returned, (check) => (core.onLateSettled = check));
  return workers.filter((worker) => worker.late.size !== 0).map((worker) => worker.name);
}

/** Ends a flow that was never started; the names of the services that do not let go in time. */
export async function endUnstarted(core: FlowCore, parts: FlowParts, graceS: number): Promise<readonly string[]> {
  core.egress.rejectAll(stoppedError(core.plan.flowName));
  core.bus.close();
  const stuck = await parts.dispose(new TimeBudget(core, graceS));
  core.wheel.dispose();
  return stuck;
}

/** Stops everything of a flow that does not take input any more. */
export async function endFlow(
  engine: FlowEngine,
  lifecycle: FlowLifecycle,
  parts: FlowParts,
  { graceS, flushS }: { readonly graceS: number; readonly flushS: number },
): Promise<StopResult> {
  const { core } = engine;
  const dropped = haltFlow(engine);
  // One clock for all code that is told to stop; what is not done by then is abandoned.
  const grace = new TimeBudget(core, graceS);
  const all = new TimeBudget(core, graceS + flushS);
  const [late, playbooks] = await Promise.all([lateNodes(engine, grace), engine.playbooks.stop(grace, flushS)]);
  const stuck = new Set([...late, ...playbooks.stuckNodes]);
  for (const name of await lifecycle.stop(grace)) stuck.add(name);
  // What playbooks needed to flush beyond the grace period is taken off.
  const flush = new TimeBudget(core, Math.min(flushS, all.leftS));
  const unflushed = [...playbooks.unflushed, ...(await lifecycle.flush(flush))];
  core.bus.close();
  for (const name of await parts.dispose(grace)) stuck.add(name);
  if (!(await flush.holds(core.log.flush().catch(() => {})))) unflushed.push('log');
  core.wheel.dispose();
  return {
    drained: dropped === 0 && stuck.size === 0,
    dropped,
    stuckNodes: [...stuck],
    unflushed: [...new Set(unflushed)],
  };
}
