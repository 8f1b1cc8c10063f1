import type { PlanNode } from '../graph/flow-plan.js';
import type { PayloadShape } from '../ports/payload-shape.js';
import { compileShape } from '../validation/compile-shape.js';
import { PayloadCheck, type PayloadDirection } from '../validation/payload-check.js';

/** The checks of one node; undefined where nothing is to be checked. */
export interface NodeChecks {
  readonly input: PayloadCheck | undefined;
  readonly output: PayloadCheck | undefined;
}

/**
 * Makes the checks that `@Node` asked for; once, at assembly.
 * @throws FlowError `PACKAGE_MISSING`, `INVALID_OPTION`
 */
export function compileChecks(node: PlanNode): NodeChecks {
  const { input, output, validate } = node.validation;
  return {
    input: validate === 'both' || validate === 'in' ? compile(input, node, 'input') : undefined,
    output: validate === 'both' || validate === 'out' ? compile(output, node, 'output') : undefined,
  };
}

function compile(
  shape: PayloadShape | undefined,
  node: PlanNode,
  direction: PayloadDirection,
): PayloadCheck | undefined {
  if (shape === undefined) return undefined;
  return new PayloadCheck(compileShape(shape, `@Node "${node.name}"`, node.validation), node, direction);
}
