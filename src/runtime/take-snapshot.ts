import { SlotState } from './attempt/current-attempt.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';

/** Reads the counters of a flow. */
export function snapshotOf(engine: FlowEngine, state: FlowState): FlowSnapshot {
  const { core, workers } = engine;
  return {
    flowName: core.plan.flowName,
    state,
    traces: core.traces.size,
    startedTraces: core.traces.started,
    cancelledTraces: core.traces.cancelled,
    results: core.egress.size,
    discardedResults: core.egress.discarded,
    unclaimedFailures: core.egress.failures.counted,
    forgottenFailures: core.egress.failures.forgotten,
    listenerFailures: core.bus.failures(),
    nodes: workers.map((worker) => ({
      name: worker.name,
      id: worker.id,
      queued: worker.queueDepthIn,
      queuedOut: worker.events.queueDepthOut,
      queueCapacity: core.plan.queueMaxsize > 0 ? core.plan.queueMaxsize * worker.inputs.length : 0,
      waitingForRoom: worker.inputs.reduce((sum, floe) => sum + floe.waiting, 0),
      throttled: worker.throttled,
      inFlight: worker.inFlight,
      running: runningIn(worker.slots),
      waiting: worker.keeper.waiting,
      late: worker.late.size,
      ...engine.watch.agesOf(worker),
      ...worker.stats.toJSON(),
    })),
    dependencies: engine.dependencies.snapshot(),
    playbooks: engine.playbooks.flows.map((flow) => flow.snapshot()),
  };
}

function runningIn(slots: readonly { readonly state: SlotState }[]): number {
  let running = 0;
  for (const { state } of slots) if (state === SlotState.running) running++;
  return running;
}
