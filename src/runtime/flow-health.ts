import type { FlowEngine } from './flow-engine.js';
import type { FlowState } from './flow-snapshot.js';

/** How a flow is, for a readiness probe. A plain object, ready for JSON. */
export interface FlowHealth {
  /** Whether new work may be sent: the flow runs and no ingress is full. */
  readonly ready: boolean;
  readonly state: FlowState;
  /** Nodes whose floes are full: whoever feeds them waits. */
  readonly saturated: readonly string[];
  /** Nodes with interrupted attempts whose code still runs. */
  readonly stuck: readonly string[];
}

/** Looks at the floes and attempts of a flow. */
export function healthOf(engine: FlowEngine, state: FlowState): FlowHealth {
  const full = engine.workers.filter((worker) => worker.inputs.some((floe) => !floe.hasRoom));
  return {
    ready: state === 'running' && !full.some((worker) => worker.plan.ingress),
    state,
    saturated: full.map((worker) => worker.name),
    stuck: engine.workers.filter((worker) => worker.late.size !== 0).map((worker) => worker.name),
  };
}
