import type { ValidationError } from 'class-validator';

/** So often are objects checked again that stand in several places of a payload, so that each place is told of. */
const MOST_REPEATS = 1_000;

/** What applies the rules of an object's class, and calls itself for nested objects, and for nested collections. */
interface Executor {
  execute(object: object, schema: string | undefined, errors: ValidationError[]): void;
  nestedValidations(value: unknown, rules: readonly object[], error: ValidationError): void;
}

/** The class of one, whatever it takes. */
type ExecutorClass = new (...args: never) => object;

/**
 * Makes of the class that applies rules one that comes to an end: class-validator goes by places, of which forty objects that each hold
 * the next one twice have a million million, and an object that holds itself has no end of them. Here what contains itself is checked
 * once, and of very many repeats the first ones are checked anew.
 */
export function boundedVisits<C extends ExecutorClass>(executorClass: C): C {
  const base = executorClass as unknown as new (...args: unknown[]) => Executor;
  class Bounded extends base {
    /** What is being checked, and what has been, by what it is checked for. */
    readonly #visits = new Map<unknown, WeakMap<object, { isOpen: boolean }>>();
    #repeats = 0;

    override execute(object: object, schema: string | undefined, errors: ValidationError[]): void {
      this.#visit(object, schema, () => super.execute(object, schema, errors));
    }

    override nestedValidations(value: unknown, rules: readonly object[], error: ValidationError): void {
      const check = (): void => super.nestedValidations(value, rules, error);
      if (Array.isArray(value) || value instanceof Set || value instanceof Map) this.#visit(value, rules[0], check);
      else check();
    }

    #visit(object: object, checkedFor: unknown, check: () => void): void {
      let visits = this.#visits.get(checkedFor);
      if (visits === undefined) this.#visits.set(checkedFor, (visits = new WeakMap<object, { isOpen: boolean }>()));
      const before = visits.get(object);
      if (before !== undefined && (before.isOpen || ++this.#repeats > MOST_REPEATS)) return;
      const visit = { isOpen: true };
      visits.set(object, visit);
      try {
        check();
      } finally {
        visit.isOpen = false;
      }
    }
  }
  return Bounded as unknown as C;
}
