import { isPlainObject } from './value-kind.js';
import type { WalkBudget } from './walk-budget.js';

/**
 * A copy of a plain object in which nested plain objects and arrays are copies too. class-transformer deletes
 * discriminators from what it reads, and other nodes and later attempts read the same payload.
 * Keys that could reach a prototype are left out. What stands in several places has a copy for each, for the same reason.
 *
 * @throws FlowError when there is no budget left for so many
 */
export function plainCopy(value: Record<PropertyKey, unknown>, budget: WalkBudget): Record<string, unknown> {
  budget.visit(value);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key !== '__proto__' && key !== 'constructor') copy[key] = copyNested(value[key], budget);
  }
  return copy;
}

function copyNested(value: unknown, budget: WalkBudget): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    budget.visit(value);
    return value.map((element: unknown) => copyNested(element, budget));
  }
  return isPlainObject(value) ? plainCopy(value, budget) : value;
}
