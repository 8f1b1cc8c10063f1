import type { PlanNode } from '../graph/flow-plan.js';
import type { FlowNode } from '../ports/flow-node.js';
import type { NodeInterceptor } from '../ports/node-interceptor.js';
import { composeInterceptors } from './compose-interceptors.js';
import type { NodeCall } from '../runtime/attempt/node-call.js';
import { CheckedProcess } from './checked-process.js';
import { compileChecks } from './compile-checks.js';

/**
 * Composes what is called for each node: interceptors around validation around `process`. A node with neither is called
 * as it is, so they cost nothing where they are not used.
 *
 * @param interceptors - by node name, the outermost first
 * @throws FlowError `PACKAGE_MISSING`, `INVALID_OPTION`
 */
export function assembleCalls(
  planned: readonly PlanNode[],
  nodes: ReadonlyMap<string, FlowNode>,
  interceptors: ReadonlyMap<string, readonly NodeInterceptor[]>,
): ReadonlyMap<string, NodeCall> {
  return new Map(
    planned.map((each) => {
      const node = nodes.get(each.name) as FlowNode<unknown>;
      const { input, output } = compileChecks(each);
      const checked = input === undefined && output === undefined ? node : new CheckedProcess(node, input, output);
      const target = composeInterceptors(interceptors.get(each.name) ?? [], checked);
      return [each.name, { target, emitCheck: output }];
    }),
  );
}
