import type {
  getMetadataStorage,
  ValidationArguments,
  ValidationError,
  Validator,
  ValidatorOptions,
} from 'class-validator';
import { isThenable, toPromise } from '../message/is-thenable.js';
import type { WalkBudget } from './walk-budget.js';

/** The rules of class-validator, of all classes. */
export type ClassRules = ReturnType<typeof getMetadataStorage>;

type Constraint = ReturnType<ClassRules['getTargetValidatorConstraints']>[number];
type Rule = Constraint['instance'];

/** What both `validate` and `validateSync` of class-validator are made of. */
interface Executor {
  readonly awaitingPromises: readonly Promise<unknown>[];
  metadataStorage: ClassRules;
  execute(object: object, schema: string | undefined, errors: ValidationError[]): void;
  nestedValidations(value: unknown, rules: readonly unknown[], error: ValidationError): void;
  stripEmptyErrors(errors: ValidationError[]): ValidationError[];
}

interface GuardedExecutor extends Executor {
  check(object: object, errors: ValidationError[]): void;
}

/** The class of class-validator that applies rules. */
export type ExecutorClass = new (validator: Validator, options: ValidatorOptions) => Executor;

/** Applies the rules of an object's class; a promise only where one of them is asynchronous. */
export type ApplyRules = (
  object: object,
  options: ValidatorOptions,
  budget: WalkBudget,
) => ValidationError[] | Promise<ValidationError[]>;

/**
 * Drives class-validator by its executor: `validateSync` lets asynchronous rules pass unseen, and `validate` costs a promise
 * where there are none, and lets some pass as well. The executor tells after the fact what there is to wait for.
 */
export function applyRulesWith(executorClass: ExecutorClass, validator: Validator, rules: ClassRules): ApplyRules {
  const Guarded = guarded(executorClass, withSettledRules(rules));
  return (object, options, budget) => {
    const executor = new Guarded(validator, options, budget);
    const errors: ValidationError[] = [];
    try {
      executor.check(object, errors);
    } catch (error) {
      for (const promise of executor.awaitingPromises) promise.catch(() => {});
      throw error;
    }
    if (executor.awaitingPromises.length === 0) return executor.stripEmptyErrors(errors);
    return settled(executor).then(() => executor.stripEmptyErrors(errors));
  };
}

/** While some are waited for, rules of what they were waiting for may add others. */
async function settled({ awaitingPromises }: Executor): Promise<void> {
  for (let from = 0; from < awaitingPromises.length;) {
    const some = awaitingPromises.slice(from);
    from = awaitingPromises.length;
    await Promise.all(some);
  }
}

function guarded(
  executorClass: ExecutorClass,
  rules: ClassRules,
): new (validator: Validator, options: ValidatorOptions, budget: WalkBudget) => GuardedExecutor {
  return class extends executorClass {
    readonly #budget: WalkBudget;
    /** What is being checked around the place that the walk is at. */
    readonly #around = new Set<object>();

    constructor(validator: Validator, options: ValidatorOptions, budget: WalkBudget) {
      super(validator, options);
      this.metadataStorage = rules;
      this.#budget = budget;
    }

    /** The object itself, whose parts may lead back to it. */
    check(object: object, errors: ValidationError[]): void {
      this.#around.add(object);
      this.execute(object, undefined, errors);
    }

    /** Each nested object, and each collection of such, at each of its places, but for those inside of itself. */
    override nestedValidations(value: unknown, nested: readonly unknown[], error: ValidationError): void {
      if (nested.length === 0 || typeof value !== 'object' || value === null)
        return super.nestedValidations(value, nested, error);
      if (this.#around.has(value)) return;
      this.#budget.visit(value);
      this.#around.add(value);
      super.nestedValidations(value, nested, error);
      this.#around.delete(value);
    }

    override execute(object: object, schema: string | undefined, errors: ValidationError[]): void {
      // Rules are looked up by `constructor`, which an own property of that name would falsify.
      if (!Object.hasOwn(object, 'constructor')) super.execute(object, schema, errors);
      else
        errors.push({ target: object, children: [], constraints: { unknownValue: '' } } as unknown as ValidationError);
    }
  };
}

/** The same rules, whose answers are waited for whatever promise they are. */
function withSettledRules(rules: ClassRules): ClassRules {
  const known = new WeakMap<Function, Constraint[]>();
  const constraintsOf = (target: Function): Constraint[] => {
    const constraints = rules.getTargetValidatorConstraints(target);
    let settled = known.get(target);
    if (settled?.length !== constraints.length) {
      settled = constraints.map((constraint) => new SettledConstraint(constraint));
      known.set(target, settled);
    }
    return settled;
  };
  return Object.create(rules, { getTargetValidatorConstraints: { value: constraintsOf } }) as ClassRules;
}

/** A rule as class-validator asks for it; it is its own instance, because that is asked for with each object. */
class SettledConstraint implements Constraint, Rule {
  readonly #constraint: Constraint;
  readonly target: Function;
  readonly name: string;
  readonly async: boolean;

  constructor(constraint: Constraint) {
    this.#constraint = constraint;
    this.target = constraint.target;
    this.name = constraint.name;
    this.async = constraint.async;
  }

  get instance(): Rule {
    return this;
  }

  validate(value: unknown, given?: ValidationArguments): ReturnType<Rule['validate']> {
    const answer: unknown = this.#constraint.instance.validate(value, given);
    // class-validator calls the `then` of what it gets, and waits for what that returns.
    return isThenable(answer) ? (toPromise(answer) as Promise<boolean>) : (answer as boolean);
  }

  /** Nobody reads these texts: they may have values in them. */
  defaultMessage(): string {
    return '';
  }
}
