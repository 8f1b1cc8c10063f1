import type { PlanNode } from '../graph/flow-plan.js';
import type { NodeClass } from '../ports/flow-node.js';

/** An attempt that may take longer is rare; milliseconds that were given as seconds are not. */
const LONGEST_USUAL_S = 3600;

/** What has been said already. */
const warned = new WeakMap<NodeClass, Set<number>>();

/** Asks once per node class and value whether a `timeoutS` of more than an hour was meant in milliseconds. */
export function warnOfLongTimeouts(nodes: readonly PlanNode[]): void {
  for (const { name, nodeClass, policy } of nodes) {
    const { timeoutS } = policy;
    if (timeoutS !== undefined && timeoutS > LONGEST_USUAL_S && isNew(nodeClass, timeoutS)) {
      warn(nodeClass.name || name, timeoutS);
    }
  }
}

function isNew(nodeClass: NodeClass, timeoutS: number): boolean {
  const values = warned.get(nodeClass) ?? new Set();
  warned.set(nodeClass, values);
  if (values.has(timeoutS)) return false;
  values.add(timeoutS);
  return true;
}

function warn(className: string, timeoutS: number): void {
  const hours = Number((timeoutS / 3600).toPrecision(2));
  process.emitWarning(
    `\`timeoutS: ${timeoutS}\` of ${className} lets an attempt run for ${hours} h: it is in seconds. ` +
      `For milliseconds, write \`timeoutS: ${timeoutS / 1000}\`. ` +
      'If it is right, `node --disable-warning=PENGUIFLOW_LONG_TIMEOUT` keeps this quiet.',
    { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_LONG_TIMEOUT' },
  );
}
