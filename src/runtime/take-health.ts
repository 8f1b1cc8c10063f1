import type { FlowEngine } from './flow-engine.js';
import type { FlowHealth } from './flow-health.js';
import type { FlowState } from './flow-snapshot.js';

/**
 * Looks at the floes and attempts of a flow.
 *
 * @param takesInput - whether nobody has told it to stop: from that call on it refuses what comes
 */
export function healthOf(engine: FlowEngine, state: FlowState, takesInput: boolean): FlowHealth {
  const full = engine.workers.filter((worker) => worker.inputs.some((floe) => !floe.hasRoom));
  const stalled = engine.watch.stall ?? null;
  return {
    ready: state === 'running' && takesInput && stalled === null && !full.some((worker) => worker.plan.ingress),
    state,
    saturated: full.map((worker) => worker.name),
    stuck: engine.watch.stuckNodes(),
    stalled,
  };
}
