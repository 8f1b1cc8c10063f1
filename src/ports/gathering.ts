import type { NodeClass } from './flow-node.js';

/** How a node keeps messages until others have come: for one result of some of them, or for one of all of a run. */
export type Gathering = 'join' | 'collect';

/** Says so on a class, also across two installed copies of the package. */
export const GATHERS: unique symbol = Symbol.for('penguiflow:gathers') as never;

/** What a class gathers, or the one that it extends; undefined for every other node. */
export function gatheringOf(nodeClass: NodeClass): Gathering | undefined {
  return (nodeClass as NodeClass & { readonly [GATHERS]?: Gathering })[GATHERS];
}
