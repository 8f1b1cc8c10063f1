import type { BreakerState } from '../../ports/dependency.js';

/** A dependency of a flow, as its snapshot tells of it. */
export interface DependencySnapshot {
  readonly name: string;
  /** That of its breaker, of several the one that lets least through; null without one. */
  readonly breaker: BreakerState | null;
}
