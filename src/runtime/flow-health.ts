import type { FlowState } from './flow-snapshot.js';
import type { FlowStall } from './watch/flow-stall.js';

/** How a flow is, for a readiness probe. A plain object, ready for JSON. */
export interface FlowHealth {
  /** Whether new work may be sent: the flow runs, no ingress is full, and it is not stalled. */
  readonly ready: boolean;
  readonly state: FlowState;
  /** Nodes whose floes are full: whoever feeds them waits. */
  readonly saturated: readonly string[];
  /** Nodes with an attempt older than `stuckAfterS` of `@Flow`, or with an interrupted one whose code still runs. */
  readonly stuck: readonly string[];
  /** Set while something waits for room and nothing has moved for `stallS` of `@Flow`; says what waits and what to do. */
  readonly stalled: FlowStall | null;
}
