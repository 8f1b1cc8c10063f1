import { joinPath } from './property-path.js';
import { valueKind } from './value-kind.js';
import type { Violation, Violations } from './violations.js';

/** A path of a payload that contains itself ends nowhere. */
const LONGEST_PATH = 30;

/** Where in a payload a conversion is: the keys that lead there, because a path is only needed where something is wrong. */
export class Place {
  /** What is converted stands under the last one. */
  readonly keys: PropertyKey[] = [];
  readonly #base: string;
  readonly #violations: Violations;

  /** @param base - the path of the payload that is converted, in a larger one */
  constructor(base: string, violations: Violations) {
    this.#base = base;
    this.#violations = violations;
  }

  /** Notes what is wrong here. */
  refuse(constraints: Violation['constraints']): void {
    this.#violations.add(this.path, constraints);
  }

  get path(): string {
    const path = this.keys.slice(0, LONGEST_PATH).reduce(joinPath, this.#base);
    return this.keys.length > LONGEST_PATH ? `${path}…` : path;
  }
}

/** The key of an entry of a `Map`, which may be anything. */
export function entryKey(key: unknown): PropertyKey {
  if (typeof key === 'string' || typeof key === 'symbol') return key;
  return (typeof key === 'object' && key !== null) || typeof key === 'function' ? valueKind(key) : String(key);
}
