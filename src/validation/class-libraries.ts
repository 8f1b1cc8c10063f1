import { packageMissing } from '../metadata/class-packages.js';
import { applyRulesWith, type ApplyRules, type ClassRules, type ExecutorClass } from './rule-executor.js';
import { Transformer, type TransformExecutorClass, type TransformRules } from './transformer.js';

type ClassValidator = typeof import('class-validator');

/** The libraries for validation by class. */
export interface ClassLibraries {
  readonly rules: ClassRules;
  readonly applyRules: ApplyRules;
  /** What the decorators of class-transformer say, with these groups. */
  transformer(groups: readonly string[] | undefined): Transformer;
}

let loaded: ClassLibraries | undefined;

/**
 * Loads class-validator and class-transformer; only flows with a node that validates by class pay for that.
 * Synchronous, because the assembly is. What is used of them is in part not their public API: the range of versions in
 * `peerDependencies` is that in which it is there.
 *
 * @param owner - what needs them, for the message
 * @throws FlowError `PACKAGE_MISSING`
 */
export function classLibraries(owner: string, load: (name: string) => unknown = loader): ClassLibraries {
  if (load === loader && loaded !== undefined) return loaded;
  const part = <T>(name: string, file = ''): T => loadPart(name, file, owner, load) as T;
  const validator = part<ClassValidator>('class-validator');
  const rules = validator.getMetadataStorage();
  const { ValidationExecutor } = part<{ ValidationExecutor: ExecutorClass }>(
    'class-validator',
    '/cjs/validation/ValidationExecutor.js',
  );
  const { defaultMetadataStorage } = part<{ defaultMetadataStorage: TransformRules }>(
    'class-transformer',
    '/cjs/storage.js',
  );
  const { TransformOperationExecutor } = part<{ TransformOperationExecutor: TransformExecutorClass }>(
    'class-transformer',
    '/cjs/TransformOperationExecutor.js',
  );
  const libraries: ClassLibraries = {
    rules,
    applyRules: applyRulesWith(ValidationExecutor, new validator.Validator(), rules),
    transformer: (groups) => new Transformer(defaultMetadataStorage, TransformOperationExecutor, groups),
  };
  if (load === loader) loaded = libraries;
  return libraries;
}

function loader(name: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(name) as unknown;
}

function loadPart(name: string, file: string, owner: string, load: (name: string) => unknown): unknown {
  try {
    return load(`${name}${file}`);
  } catch (error) {
    throw packageMissing(name, owner, error);
  }
}
