import type { ValidationError, ValidatorOptions } from 'class-validator';
import type { Executor } from './class-libraries.js';
import type { WalkBudget } from './walk-budget.js';

/** Makes of the class that validates one that visits each nested object on a budget. */
export function countingExecutor(
  executorClass: Executor,
): new (validator: object, options: ValidatorOptions, budget: WalkBudget) => InstanceType<Executor> {
  return class extends executorClass {
    readonly #budget: WalkBudget;

    constructor(validator: object, options: ValidatorOptions, budget: WalkBudget) {
      super(validator, options);
      this.#budget = budget;
    }

    override execute(object: object, schema: undefined, errors: ValidationError[]): void {
      this.#budget.visit(object);
      super.execute(object, schema, errors);
    }
  };
}
