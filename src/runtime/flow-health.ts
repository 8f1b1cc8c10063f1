import type { FlowState } from './flow-snapshot.js';

/** How a flow is, for a readiness probe. A plain object, ready for JSON. */
export interface FlowHealth {
  /** Whether new work may be sent: the flow runs and no ingress is full. */
  readonly ready: boolean;
  readonly state: FlowState;
  /** Nodes whose floes are full: whoever feeds them waits. */
  readonly saturated: readonly string[];
  /** Nodes with an attempt older than `stuckAfterS` of `@Flow`, or with an interrupted one whose code still runs. */
  readonly stuck: readonly string[];
}
