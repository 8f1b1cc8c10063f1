import type { Violations } from './violations.js';

/** Checks payloads against one shape. */
export interface ShapeCheck {
  /** What a valid payload is, for messages: `Order`, `array of Order`. */
  readonly name: string;
  /** True when every plain object passes: a class without any rules. */
  readonly takesAnyObject: boolean;
  /** True for a payload that says by its class that it belongs here, valid or not. */
  claims(value: unknown): boolean;
  /**
   * Adds what is wrong to `violations` and gives what goes on in place of the value; when something is wrong, that is of no
   * interest. A `Later` only where a rule is asynchronous.
   *
   * @param path - where the value is in the payload
   */
  check(value: unknown, path: string, violations: Violations): unknown;
}
