import type { FlowError } from './flow-error.js';

/** What the checks of nodes have thrown, to be told from errors of the same code that a node throws. */
const violations = new WeakSet<FlowError>();

/** Notes that the check of a node's own payloads has made an error. */
export function noteViolation(error: FlowError): FlowError {
  violations.add(error);
  return error;
}

/** Whether an error is what the check of the payloads of one node threw. */
export function isViolationOf(error: FlowError, nodeId: string): boolean {
  return violations.has(error) && error.nodeId === nodeId;
}
