import type { ValidationError, ValidatorOptions } from 'class-validator';
import { packageMissing } from '../metadata/class-packages.js';
import { countingExecutor } from './counting-executor.js';
import type { WalkBudget } from './walk-budget.js';

type ClassValidator = typeof import('class-validator');
type ClassTransformer = typeof import('class-transformer');

/** The class of class-validator that both `validate` and `validateSync` are made of. */
export type Executor = new (
  validator: object,
  options: ValidatorOptions,
) => {
  readonly awaitingPromises: Promise<unknown>[];
  execute(object: object, schema: undefined, errors: ValidationError[]): void;
  stripEmptyErrors(errors: ValidationError[]): ValidationError[];
};

/** The libraries for validation by class. */
export interface ClassLibraries {
  readonly toInstance: ClassTransformer['plainToInstance'];
  readonly rules: ReturnType<ClassValidator['getMetadataStorage']>;
  /** Applies the rules of the object's class; a promise only where one of them is asynchronous. */
  validate(
    object: object,
    options: ValidatorOptions,
    budget: WalkBudget,
  ): ValidationError[] | Promise<ValidationError[]>;
}

let loaded: ClassLibraries | undefined;

/**
 * Loads class-validator and class-transformer; only flows with a node that validates by class pay for that.
 * Synchronous, because the assembly is.
 *
 * @param owner - what needs them, for the message
 * @throws FlowError `PACKAGE_MISSING`
 */
export function classLibraries(owner: string, load: (name: string) => unknown = loader): ClassLibraries {
  if (load === loader && loaded !== undefined) return loaded;
  const transformer = loadPackage('class-transformer', owner, load) as ClassTransformer;
  const validator = loadPackage('class-validator', owner, load) as ClassValidator;
  const libraries: ClassLibraries = {
    toInstance: transformer.plainToInstance,
    rules: validator.getMetadataStorage(),
    validate: validateWith(validator, executorOf(load)),
  };
  if (load === loader) loaded = libraries;
  return libraries;
}

function loader(name: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(name) as unknown;
}

function loadPackage(name: string, owner: string, load: (name: string) => unknown): unknown {
  try {
    return load(name);
  } catch (error) {
    throw packageMissing(name, owner, error);
  }
}

/**
 * `validateSync` lets asynchronous rules pass unseen, and `validate` costs a promise where there are none. What both call
 * tells after the fact whether there were any.
 */
function validateWith(validator: ClassValidator, executorClass: Executor | undefined): ClassLibraries['validate'] {
  if (executorClass === undefined) return (object, options) => validator.validate(object, options);
  const owner = new validator.Validator();
  const Counting = countingExecutor(executorClass);
  return (object, options, budget) => {
    const executor = new Counting(owner, options, budget);
    const errors: ValidationError[] = [];
    try {
      executor.execute(object, undefined, errors);
    } catch (error) {
      for (const promise of executor.awaitingPromises) promise.catch(() => {});
      throw error;
    }
    if (executor.awaitingPromises.length === 0) return executor.stripEmptyErrors(errors);
    return Promise.all(executor.awaitingPromises).then(() => executor.stripEmptyErrors(errors));
  };
}

/** Not part of the public API of class-validator; without it everything works, by way of promises. */
function executorOf(load: (name: string) => unknown): Executor | undefined {
  try {
    const file = load('class-validator/cjs/validation/ValidationExecutor.js') as {
      readonly ValidationExecutor?: Executor;
    };
    return file.ValidationExecutor;
  } catch {
    return undefined;
  }
}
