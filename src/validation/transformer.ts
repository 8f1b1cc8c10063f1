import type { ClassTransformOptions, TypeMetadata } from 'class-transformer';
import type { Class } from '../ports/flow-node.js';

/** Rules of class-transformer by class and property. The maps have an entry for each class that says something itself. */
export interface TransformRules {
  readonly _transformMetadatas: ReadonlyMap<Function, ReadonlyMap<string, unknown>>;
  readonly _exposeMetadatas: ReadonlyMap<Function, unknown>;
  readonly _excludeMetadatas: ReadonlyMap<Function, unknown>;
  findTypeMetadata(target: Function, property: string): TypeMetadata | undefined;
  findExposeMetadataByCustomName(target: Function, name: string): { readonly propertyName: string } | undefined;
  getStrategy(target: Function): 'excludeAll' | 'exposeAll' | 'none';
}

/** What class-transformer converts with; here it only answers what `@Expose`, `@Exclude` and `@Transform` say. */
export interface TransformExecutor {
  getKeys(target: Function, source: object, isMap: boolean): string[];
  applyCustomTransformations(value: unknown, target: Function, property: string, source: object, type: number): unknown;
}

/** Makes a {@link TransformExecutor}. */
export type TransformExecutorClass = new (type: number, options: ClassTransformOptions) => TransformExecutor;

/** "Plain to class" in class-transformer. */
const PLAIN_TO_CLASS = 0;

/** What does not depend on the object that is converted. */
interface ClassFacts {
  /** Whether `@Expose` or `@Exclude` have a say in its keys. */
  readonly selects: boolean;
  /** The properties with a `@Transform`. */
  readonly transforms: ReadonlySet<string>;
  /** Whether only what `@Expose` names is taken. */
  readonly onlyExposed: boolean;
}

/** What class-transformer's decorators say of classes. */
export class Transformer {
  readonly #rules: TransformRules;
  readonly #executor: TransformExecutor;
  readonly #facts = new WeakMap<Function, ClassFacts>();

  /** @param groups - those of `@Expose` and `@Transform` that hold */
  constructor(rules: TransformRules, executorClass: TransformExecutorClass, groups: readonly string[] | undefined) {
    this.#rules = rules;
    this.#executor = new executorClass(PLAIN_TO_CLASS, {
      exposeUnsetFields: true,
      ...(groups === undefined ? undefined : { groups: [...groups] }),
    });
  }

  /** The keys of a plain object that are taken, and those that `@Expose` adds. */
  keys(target: Function, source: object): readonly string[] {
    return this.#factsOf(target).selects ? this.#executor.getKeys(target, source, false) : Object.keys(source);
  }

  /** The property for a key: another one where `@Expose` has a name for it. */
  property(target: Function, key: string): string {
    if (!this.#factsOf(target).selects) return key;
    return this.#rules.findExposeMetadataByCustomName(target, key)?.propertyName ?? key;
  }

  takesSymbols(target: Function): boolean {
    return !this.#factsOf(target).onlyExposed;
  }

  type(target: Function, property: string): TypeMetadata | undefined {
    return this.#rules.findTypeMetadata(target, property);
  }

  /** The properties of a class for which there is a `@Transform`. */
  transforms(target: Function): ReadonlySet<string> {
    return this.#factsOf(target).transforms;
  }

  /** @param source - the plain object, or a copy of it: a `@Transform` may do with it what it likes */
  transform(value: unknown, target: Class, property: string, source: object): unknown {
    return this.#executor.applyCustomTransformations(value, target, property, source, PLAIN_TO_CLASS);
  }

  #factsOf(target: Function): ClassFacts {
    let facts = this.#facts.get(target);
    if (facts === undefined) {
      const { _exposeMetadatas, _excludeMetadatas, _transformMetadatas } = this.#rules;
      facts = {
        selects: lineage(target).some((each) => _exposeMetadatas.has(each) || _excludeMetadatas.has(each)),
        transforms: new Set(lineage(target).flatMap((each) => [...(_transformMetadatas.get(each)?.keys() ?? [])])),
        onlyExposed: this.#rules.getStrategy(target) === 'excludeAll',
      };
      this.#facts.set(target, facts);
    }
    return facts;
  }
}

/** A class and those that it extends. */
function lineage(target: Function): readonly Function[] {
  const classes: Function[] = [];
  for (let each: unknown = target; typeof each === 'function'; each = Object.getPrototypeOf(each)) classes.push(each);
  return classes;
}
