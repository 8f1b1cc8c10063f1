import { Later } from '../message/later.js';
import { withElements } from './plain-copies.js';
import { joinPath } from './property-path.js';
import type { ShapeCheck } from './shape-check.js';
import { isPlainArray, notMadeAnew, valueKind } from './value-kind.js';
import type { Violations } from './violations.js';

/** Checks payloads that are arrays, element by element. */
export class ArrayCheck implements ShapeCheck {
  readonly takesAnyObject = false;
  readonly name: string;
  readonly #element: ShapeCheck;

  constructor(element: ShapeCheck) {
    this.name = `array of ${element.name}`;
    this.#element = element;
  }

  claims(value: unknown): boolean {
    return Array.isArray(value) && value.length > 0 && value.every((element) => this.#element.claims(element));
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    if (!Array.isArray(value)) {
      violations.add(path, { isArray: `must be an ${this.name}, not ${valueKind(value)}` });
      return value;
    }
    const given = value as readonly unknown[];
    const checked: unknown[] = [];
    for (let index = 0; index < given.length; index++) {
      const element = given[index];
      const here = joinPath(path, index);
      if (element === undefined && !Object.hasOwn(given, index)) {
        // A hole is no element that passes; there may be four thousand million of them.
        violations.add(here, { hole: 'is missing: the array has a hole here' });
        return value;
      }
      checked.push(this.#element.check(element, here, violations));
    }
    const taken = (elements: readonly unknown[]): unknown => this.#taken(given, elements, path, violations);
    return checked.some((element) => element instanceof Later) ? Later.all(checked, taken) : taken(checked);
  }

  #taken(given: readonly unknown[], elements: readonly unknown[], path: string, violations: Violations): unknown {
    // An array in which nothing changed is passed on as it is, like an instance.
    if (elements.every((element, index) => Object.is(element, given[index]))) return given;
    if (isPlainArray(given)) return withElements(given, [...elements]);
    violations.add(path, { conversion: notMadeAnew(given) });
    return given;
  }
}
