import { FlowError } from '../errors/flow-error.js';
import type { FlowClass } from '../ports/flow-class.js';

interface Claim {
  readonly flowClass: WeakRef<FlowClass>;
  /** Lives as long as somebody can still stop the flow. */
  readonly lease: WeakRef<object>;
}

/**
 * Which flow classes are alive under which name, in this process. Process-wide on purpose: what must not be mixed up,
 * the logs, is process-wide too. A handle that was dropped without `stop` is forgotten with it.
 */
const claims = new Map<string, Claim[]>();

/**
 * Takes a name for a flow class; returns what gives it back.
 * @throws FlowError `DUPLICATE_FLOW_NAME` while a flow of another class has the name
 */
export function claimFlowName(name: string, flowClass: FlowClass): () => void {
  const live = (claims.get(name) ?? []).filter((claim) => claim.lease.deref() !== undefined);
  const other = live
    .map((claim) => claim.flowClass.deref())
    .find((holder) => holder !== undefined && holder !== flowClass);
  if (other !== undefined) {
    throw new FlowError('DUPLICATE_FLOW_NAME', {
      message: `Flow class ${flowClass.name} cannot have the name "${name}": a flow of another class, ${other.name}, has it`,
      hint: `Give one of them \`@Flow({ name: "…" })\`, or stop the flow of class ${other.name}, which frees the name.`,
      metadata: { flow: name },
    });
  }
  const lease = {};
  claims.set(name, [...live, { flowClass: new WeakRef(flowClass), lease: new WeakRef(lease) }]);
  return () => {
    const left = (claims.get(name) ?? []).filter((claim) => {
      const holder = claim.lease.deref();
      return holder !== undefined && holder !== lease;
    });
    if (left.length === 0) claims.delete(name);
    else claims.set(name, left);
  };
}
