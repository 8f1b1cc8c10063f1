import { FlowError } from '../../errors/flow-error.js';
import { all, dropQueued } from './drop-queued.js';
import type { FlowCore } from '../core/flow-core.js';
import { accountOf } from '../core/run-story.js';
import { dropHolds } from '../core/trace-holds.js';
import { tellTraceEnd } from '../core/trace-end.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { WiredFlow } from './wired-flow.js';
import { SlotState } from '../attempt/current-attempt.js';

/** The error for everything that waits when a flow stops. */
export function stoppedError(flowName: string): FlowError {
  return new FlowError('FLOW_STOPPED', { message: `Flow "${flowName}" is stopping or has stopped` });
}

function noteStop(core: FlowCore, trace: TraceRecord): void {
  const account = accountOf(core, trace);
  if (account === undefined) return;
  account.stopped = true;
  account.dropped += trace.pending;
}

/**
 * Ends all work of a flow at once: interrupts what runs, drops what is queued or waits, rejects everybody who waits.
 * Returns how many messages were dropped.
 */
export function haltFlow(flow: WiredFlow): number {
  const { core, workers } = flow;
  const reason = stoppedError(core.plan.flowName);
  let dropped = 0;
  for (const worker of workers) worker.halted = true;
  core.dependencies.close();
  for (const trace of core.traces.all()) noteStop(core, trace);
  for (const trace of core.traces.all()) core.traces.reject(trace, reason);
  for (const trace of core.traces.all()) dropped += dropHolds(trace);
  core.runQueue.enter();
  try {
    dropped += dropQueued(flow, reason);
    for (const worker of workers) {
      for (const slot of [...worker.slots]) {
        const { attempt, parcel, span } = slot;
        // A result that waits for room is taken off its line below.
        if (parcel === undefined || slot.state === SlotState.delivering) continue;
        dropped++;
        if (slot.state === SlotState.running) {
          const { payload, envelope } = parcel;
          worker.events.publish('node_cancelled', envelope, { attempt, payload, span });
        }
        if (slot.parcel !== undefined) slot.drop(reason);
      }
    }
    // Once more: while an ordered node is emptied, what waited for its turn goes on.
    dropped += dropQueued(flow, reason);
    // Results that somebody reads from `results()` are still handed out; the others nobody can fetch any more.
    const isScoped = ({ envelope }: Parcel): boolean => core.traces.isScoped(envelope.trace);
    dropped += core.egress.drop(core.egress.readers === 0 ? all : isScoped);
  } finally {
    core.runQueue.leave();
  }
  for (const trace of core.traces.all()) {
    core.deadlines.forget(trace);
    tellTraceEnd(trace);
    flow.story.end(trace);
  }
  core.traces.clear(reason);
  core.egress.failures.clear();
  core.egress.rejectAll(reason);
  return dropped;
}
