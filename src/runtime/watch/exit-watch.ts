import type { WiredFlow } from '../control/wired-flow.js';
import { describeUnfinished } from './describe-unfinished.js';

/** Flows that run. */
const running = new Set<WiredFlow>();
/** Those of which has been told: a process may come back to life. */
const told = new WeakSet<WiredFlow>();

/** A process that has nothing left to do ends, whoever waits for something in one of its flows; says so of this one. */
export function watchExit(flow: WiredFlow): void {
  if (running.size === 0) process.on('beforeExit', tell);
  running.add(flow);
}

/** The flow stops, and whoever waits is told by it. */
export function forgetExit(flow: WiredFlow): void {
  if (running.delete(flow) && running.size === 0) process.off('beforeExit', tell);
}

function tell(): void {
  for (const flow of running) {
    const unfinished = told.has(flow) ? undefined : describeUnfinished(flow);
    if (unfinished === undefined) continue;
    told.add(flow);
    process.emitWarning(unfinished, { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_UNFINISHED' });
  }
}
