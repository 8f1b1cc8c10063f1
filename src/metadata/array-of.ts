import { invalidOption } from '../errors/option-error.js';
import { isPayloadShape, SHAPE, type ArrayShape, type PayloadShape } from '../ports/payload-shape.js';

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
export function arrayOf<T>(element: PayloadShape<T>): ArrayShape<T[]> {
  if (!isPayloadShape(element)) throw invalidOption('element', 'arrayOf(…)', 'a class or a schema', element);
  return Object.freeze({ [SHAPE]: 'array', element } as const);
}
