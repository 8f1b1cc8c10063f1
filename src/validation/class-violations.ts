import type { ValidationError } from 'class-validator';
import { constraintMessage } from './constraint-message.js';
import { joinPath } from './property-path.js';
import type { ClassRules } from './rule-executor.js';
import type { Violations } from './violations.js';

/** Adds what class-validator found, nested objects included. The errors must carry their targets, not the values. */
export function addClassViolations(
  errors: readonly ValidationError[],
  path: string,
  violations: Violations,
  rules: ClassRules,
  groups: string[] | undefined,
): void {
  for (const error of errors) {
    // Without a property it is about the object itself.
    const here = (error.property as string | undefined) === undefined ? path : joinPath(path, keyOf(error));
    const names = Object.keys(error.constraints ?? {});
    if (names.length > 0) {
      violations.addWith(here, () =>
        Object.fromEntries(names.map((name) => [name, constraintMessage(name, error, rules, groups)])),
      );
    }
    if (error.children !== undefined) addClassViolations(error.children, here, violations, rules, groups);
  }
}

/** class-validator names elements by the text of their index. */
function keyOf({ property, target }: ValidationError): PropertyKey {
  return Array.isArray(target) || target instanceof Set ? Number(property) : property;
}
