import type { ValidationError, ValidatorOptions } from 'class-validator';
import { invalidOption } from '../errors/option-error.js';
import { Later } from '../message/later.js';
import type { Class } from '../ports/flow-node.js';
import type { ClassLibraries } from './class-libraries.js';
import { addClassViolations } from './class-violations.js';
import { Conversion, type ConversionRules } from './conversion.js';
import { Place } from './place.js';
import type { ShapeCheck } from './shape-check.js';
import { isPlainObject, thrownKind, valueKind } from './value-kind.js';
import type { Violations } from './violations.js';
import { SHARED_PARTS, SHARED_PARTS_HINT, WalkBudget } from './walk-budget.js';

/** What a node says about validation by class. */
export interface ClassOptions {
  readonly whitelist: boolean;
  readonly forbidNonWhitelisted: boolean;
  readonly groups: readonly string[] | undefined;
}

/** Makes plain objects instances of a class, and checks its class-validator rules. */
export class ClassCheck implements ShapeCheck {
  readonly #target: Class<object>;
  readonly #libraries: ClassLibraries;
  readonly #groups: string[] | undefined;
  readonly #options: ValidatorOptions;
  readonly #conversion: ConversionRules;
  /** The properties of a class that rules of these groups know; class-validator calls an object without any an unknown value. */
  readonly #ruled = new WeakMap<Function, ReadonlySet<PropertyKey>>();

  /**
   * @param owner - whose it is, for messages: `@Node "Price"`
   * @throws FlowError `INVALID_OPTION` when no rule of the class is in one of the groups
   */
  constructor(target: Class<object>, libraries: ClassLibraries, options: ClassOptions, owner: string) {
    const { whitelist, forbidNonWhitelisted, groups } = options;
    this.#target = target;
    this.#libraries = libraries;
    this.#groups = groups === undefined ? undefined : [...groups];
    this.#options = {
      forbidNonWhitelisted,
      forbidUnknownValues: true,
      // It would delete properties, of instances too, which belong to whoever made them: the conversion leaves them out.
      whitelist: forbidNonWhitelisted,
      // The target tells the class, for the message; the errors live no longer than that.
      validationError: { target: true, value: false },
      ...(this.#groups === undefined ? undefined : { groups: this.#groups }),
    };
    this.#conversion = {
      transformer: libraries.transformer(groups),
      kept:
        whitelist && !forbidNonWhitelisted ? (of) => (this.#rulesApply(of) ? this.#ruledOf(of) : undefined) : undefined,
    };
    if (groups !== undefined) this.#checkGroups(groups, owner);
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
    if (value instanceof this.#target) return this.#validate(value, path, violations);
    if (!isPlainObject(value)) return this.#refuse(value, path, violations);
    const place = new Place(path, violations);
    const before = violations.count;
    let instance: unknown = value;
    try {
      instance = new Conversion(this.#conversion, place).instance(value, this.#target);
    } catch (error) {
      place.refuse({ conversion: `cannot be made ${this.name}: ${thrownKind(error)} was thrown` });
    }
    return violations.count > before ? value : this.#validate(instance as object, path, violations);
  }

  #validate(instance: object, path: string, violations: Violations): unknown {
    // class-validator looks the rules up by `constructor`, which an own property of that name would falsify.
    const { constructor } = instance;
    if (Object.hasOwn(instance, 'constructor') || typeof constructor !== 'function') {
      return this.#refuse(instance, path, violations);
    }
    if (!this.#rulesApply(constructor)) {
      // Of a class that only says to be this one.
      return this.#rulesApply(this.#target) ? this.#refuse(instance, path, violations) : instance;
    }
    let errors: ValidationError[] | Promise<ValidationError[]>;
    const budget = new WalkBudget();
    try {
      errors = this.#libraries.applyRules(instance, this.#options, budget);
    } catch (error) {
      if (budget.isSpent) violations.add(path, SHARED_PARTS, SHARED_PARTS_HINT);
      else violations.add(path, { rule: `cannot be checked: a rule threw ${thrownKind(error)}` });
      return instance;
    }
    if (Array.isArray(errors)) return this.#report(errors, instance, path, violations);
    return Later.of(errors, (found) => this.#report(found as ValidationError[], instance, path, violations));
  }

  #report(errors: readonly ValidationError[], instance: object, path: string, violations: Violations): object {
    if (errors.length > 0) addClassViolations(errors, path, violations, this.#libraries.rules, this.#groups);
    return instance;
  }

  #refuse(value: unknown, path: string, violations: Violations): unknown {
    violations.add(path, { instanceOf: `must be an instance of ${this.name}, not ${valueKind(value)}` });
    return value;
  }

  #checkGroups(groups: readonly string[], owner: string): void {
    const { rules } = this.#libraries;
    if (this.#rulesApply(this.#target)) return;
    if (rules.getTargetValidationMetadatas(this.#target, '', false, false).length === 0) return;
    throw invalidOption(
      'groups',
      owner,
      `the groups of rules that ${this.name} has; none of its rules would apply`,
      groups.join(', '),
      'Name the groups as its decorators do, and give rules that always hold `{ always: true }`.',
    );
  }

  #rulesApply(target: Function): boolean {
    return this.#ruledOf(target).size > 0;
  }

  #ruledOf(target: Function): ReadonlySet<PropertyKey> {
    let ruled = this.#ruled.get(target);
    if (ruled === undefined) {
      const rules = this.#libraries.rules.getTargetValidationMetadatas(target, '', false, false, this.#groups);
      ruled = new Set(rules.map(({ propertyName }) => propertyName));
      this.#ruled.set(target, ruled);
    }
    return ruled;
  }
}
