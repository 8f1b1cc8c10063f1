import { andThen } from '../message/is-thenable.js';
import { joinPath } from './property-path.js';
import type { ShapeCheck } from './shape-check.js';
import { valueKind } from './value-kind.js';
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
    // Array.from, because an array may have holes, and a hole is no element that passes.
    const checked = Array.from(given, (element, index) =>
      this.#element.check(element, joinPath(path, index), violations),
    );
    const settled = checked.some((element) => element instanceof Promise) ? Promise.all(checked) : checked;
    // An array in which nothing changed is passed on as it is, like an instance.
    return andThen(settled, (elements) =>
      (elements as readonly unknown[]).every((element, index) => element === given[index]) ? value : elements,
    );
  }
}
