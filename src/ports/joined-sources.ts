import type { NodeClass } from './flow-node.js';

/** Finds on a class which nodes it joins, also across two installed copies of the package. */
export const JOINED_SOURCES: unique symbol = Symbol.for('penguiflow:joined-sources') as never;

/** What the flow needs to know of a join before it runs. */
export interface JoinedSources {
  /** Names of the nodes. */
  readonly names: readonly string[];
  /** Whether it pairs what descends from one emission. */
  readonly byOrigin: boolean;
}

/** What a class joins, or the one that it extends; undefined for every other node. */
export function joinedSourcesOf(nodeClass: NodeClass): JoinedSources | undefined {
  return (nodeClass as NodeClass & { readonly [JOINED_SOURCES]?: JoinedSources })[JOINED_SOURCES];
}
