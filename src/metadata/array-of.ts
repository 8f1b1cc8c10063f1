import { invalidOption } from '../errors/option-error.js';
import {
  isPayloadShape,
  SHAPE,
  type ArrayShape,
  type PayloadShape,
  type ShapeInput,
  type ShapeMade,
  type ShapeType,
} from '../ports/payload-shape.js';

/**
 * The shape of a payload that is an array; for `input` and `output` of `@Node`.
 *
 * @param element - the shape of each element
 * @throws FlowError `INVALID_OPTION` when `element` is not a shape
 * @example
 * ```ts
 * @Node({ input: arrayOf(Order) })
 * class Batch {
 *   process(orders: Order[]): number {
 *     return orders.length;
 *   }
 * }
 * ```
 */
export function arrayOf<S extends PayloadShape>(
  element: S,
): ArrayShape<ShapeType<S>[], readonly ShapeInput<S>[], ListOf<ShapeMade<S>>> {
  if (!isPayloadShape(element)) throw invalidOption('element', 'arrayOf(…)', 'a class or a schema', element);
  return Object.freeze({ [SHAPE]: 'array', element } as const);
}

type ListOf<T> = [T] extends [never] ? never : T[];
