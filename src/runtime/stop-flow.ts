import { DEFAULT_GRACE_S, waitUntil } from './flow-lifecycle.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowState } from './flow-snapshot.js';
import { haltFlow } from './control/halt-flow.js';
import type { StopOptions, StopResult } from './stop-options.js';

/** Lets the work finish for `drainS`, then ends the rest and waits for its code to return. */
export async function stopFlow(
  engine: FlowEngine,
  options: StopOptions,
  enter: (state: FlowState) => void,
): Promise<StopResult> {
  const { drainS = 0, graceS = DEFAULT_GRACE_S } = options;
  const { core, workers } = engine;
  if (drainS > 0) {
    enter('draining');
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
  enter('stopping');
  const dropped = haltFlow(engine);
  const returned = (): boolean => workers.every((worker) => worker.late.size === 0);
  await waitUntil(core, graceS, returned, (check) => (core.onLateSettled = check));
  const stuckNodes = workers.filter((worker) => worker.late.size !== 0).map((worker) => worker.name);
  return { drained: dropped === 0 && stuckNodes.length === 0, dropped, stuckNodes };
}
