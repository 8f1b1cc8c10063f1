import type { ValidationError, ValidatorOptions } from 'class-validator';
import type { Class } from '../ports/flow-node.js';
import type { ClassLibraries } from './class-libraries.js';
import { addClassViolations } from './class-violations.js';
import { plainCopy } from './plain-copy.js';
import type { ShapeCheck } from './shape-check.js';
import { isPlainObject, thrownKind, valueKind } from './value-kind.js';
import type { Violations } from './violations.js';
import { SHARED_PARTS, SHARED_PARTS_HINT, WalkBudget } from './walk-budget.js';

/** What whitelisting a node asked for. */
export interface Whitelisting {
  readonly whitelist: boolean;
  readonly forbidNonWhitelisted: boolean;
}

/** Makes plain objects instances of a class, and checks its class-validator rules. */
export class ClassCheck implements ShapeCheck {
  readonly #target: Class<object>;
  readonly #libraries: ClassLibraries;
  readonly #forConverted: ValidatorOptions;
  readonly #forInstance: ValidatorOptions;
  /** Whether a class has rules; class-validator calls an object without any an unknown value. */
  readonly #hasRules = new Map<unknown, boolean>();

  constructor(target: Class<object>, libraries: ClassLibraries, { whitelist, forbidNonWhitelisted }: Whitelisting) {
    this.#target = target;
    this.#libraries = libraries;
    const common: ValidatorOptions = {
      forbidNonWhitelisted,
      forbidUnknownValues: true,
      // The target tells the class, for the message; the errors live no longer than that.
      validationError: { target: true, value: false },
    };
    this.#forConverted = { ...common, whitelist: whitelist || forbidNonWhitelisted };
    // Whitelisting deletes properties, and an instance belongs to whoever made it: there it may only be refused.
    this.#forInstance = { ...common, whitelist: forbidNonWhitelisted };
  }

  get name(): string {
    return this.#target.name;
  }

  get takesAnyObject(): boolean {
    return !this.#rulesApply(this.#target);
  }

  claims(value: unknown): boolean {
    return value instanceof this.#target;
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    if (value instanceof this.#target) return this.#validate(value, this.#forInstance, path, violations);
    if (!isPlainObject(value)) return this.#refuse(value, path, violations);
    let instance: unknown;
    const budget = new WalkBudget();
    try {
      instance = this.#libraries.toInstance(this.#target as new () => object, plainCopy(value, budget), {});
    } catch (error) {
      if (budget.isSpent) violations.add(path, SHARED_PARTS, SHARED_PARTS_HINT);
      else violations.add(path, { conversion: `cannot be made ${this.name}: ${thrownKind(error)} was thrown` });
      return value;
    }
    if (!(instance instanceof this.#target)) return this.#refuse(instance, path, violations);
    return this.#validate(instance, this.#forConverted, path, violations);
  }

  #validate(instance: object, options: ValidatorOptions, path: string, violations: Violations): unknown {
    // class-validator looks the rules up by `constructor`, which an own property of that name would falsify.
    if (Object.hasOwn(instance, 'constructor')) return this.#refuse(instance, path, violations);
    if (!this.#rulesApply(instance.constructor)) return instance;
    let errors: ValidationError[] | Promise<ValidationError[]>;
    const budget = new WalkBudget();
    try {
      errors = this.#libraries.validate(instance, options, budget);
    } catch (error) {
      if (budget.isSpent) violations.add(path, SHARED_PARTS, SHARED_PARTS_HINT);
      else violations.add(path, { rule: `cannot be checked: a rule threw ${thrownKind(error)}` });
      return instance;
    }
    if (!(errors instanceof Promise)) return this.#report(errors, instance, path, violations);
    return errors.then((found) => this.#report(found, instance, path, violations));
  }

  #report(errors: readonly ValidationError[], instance: object, path: string, violations: Violations): object {
    if (errors.length > 0) addClassViolations(errors, path, violations, this.#libraries.rules);
    return instance;
  }

  #refuse(value: unknown, path: string, violations: Violations): unknown {
    violations.add(path, { instanceOf: `must be an instance of ${this.name}, not ${valueKind(value)}` });
    return value;
  }

  #rulesApply(target: Function): boolean {
    let known = this.#hasRules.get(target);
    if (known === undefined) {
      known = this.#libraries.rules.getTargetValidationMetadatas(target, '', false, false).length > 0;
      this.#hasRules.set(target, known);
    }
    return known;
  }
}
