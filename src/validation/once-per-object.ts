import type { ValidationError } from 'class-validator';

/** What applies the rules of an object's class, and calls itself for nested objects, and for nested collections. */
interface Executor {
  execute(object: object, schema: string | undefined, errors: ValidationError[]): void;
  nestedValidations(value: unknown, rules: readonly object[], error: ValidationError): void;
}

/** The class of one, whatever it takes. */
type ExecutorClass = new (...args: never) => object;

/**
 * Makes of the class that applies rules one that comes to each object once, however many places hold it: class-validator goes by places,
 * of which forty objects that each hold the next one twice have a million million, and an object that holds itself has no end of them.
 * What is wrong with an object is told of at the first place.
 */
export function oncePerObject<C extends ExecutorClass>(executorClass: C): C {
  const base = executorClass as unknown as new (...args: unknown[]) => Executor;
  class Once extends base {
    /** By what the objects are checked for. */
    readonly #seen = new Map<unknown, WeakSet<object>>();

    override execute(object: object, schema: string | undefined, errors: ValidationError[]): void {
      if (this.#isFirst(object, schema)) super.execute(object, schema, errors);
    }

    override nestedValidations(value: unknown, rules: readonly object[], error: ValidationError): void {
      const isCollection = Array.isArray(value) || value instanceof Set || value instanceof Map;
      if (!isCollection || this.#isFirst(value, rules[0])) super.nestedValidations(value, rules, error);
    }

    #isFirst(object: object, checkedFor: unknown): boolean {
      let seen = this.#seen.get(checkedFor);
      if (seen === undefined) this.#seen.set(checkedFor, (seen = new WeakSet()));
      if (seen.has(object)) return false;
      seen.add(object);
      return true;
    }
  }
  return Once as unknown as C;
}
