import type { BorderGate } from '../border/border-gate.js';
import type { FlowCore } from '../core/flow-core.js';
import type { PlaceEvents } from '../core/place-events.js';
import type { RunStory } from '../core/run-story.js';
import type { FailedRuns } from './failed-runs.js';
import type { GoneSweeper } from './gone-sweeper.js';
import type { CycleGate } from '../node/cycle-gate.js';
import type { Ingress } from '../node/ingress.js';
import type { NodeWorker } from '../node/node-worker.js';

/** A flow whose workers, floes and ends are connected: what operations on the whole graph work on. */
export interface WiredFlow {
  readonly core: FlowCore;
  /** A node of another flow calls it. */
  readonly isPlaybook: boolean;
  /** In the order of the plan: upstream first. */
  readonly workers: readonly NodeWorker[];
  readonly ingress: Ingress;
  readonly ingressEvents: PlaceEvents;
  readonly egressEvents: PlaceEvents;
  readonly story: RunStory;
  readonly gone: GoneSweeper;
  readonly failed: FailedRuns;
  /** Where messages leave for nodes that are in other processes. */
  readonly borders: readonly BorderGate[];
  /** One for each group of cycles. */
  readonly gates: readonly CycleGate[];
}
