import type { NodeClass } from './flow-node.js';

/** Marks a class whose lists have all of a run, also across two installed copies of the package. */
export const COLLECTS: unique symbol = Symbol.for('penguiflow:collects') as never;

/** Whether the lists of a class, or of the one that it extends, have all of a run. */
export function isCollecting(nodeClass: NodeClass): boolean {
  return (nodeClass as NodeClass & { readonly [COLLECTS]?: boolean })[COLLECTS] === true;
}
