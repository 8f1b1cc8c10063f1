import type { CommonInput } from '../ports/node-types.js';
import { GraphBuilder } from './graph-builder.js';
import type { NodeList, StartedGraph } from './graph-cursor.js';

/**
 * Begins the graph of a flow at the nodes that take what `emit` is given (the ingress, OpenSea).
 *
 * A wrong edge does not compile: the error stands at the edge and names what is emitted and what is taken. Message
 * classes are told apart by shape at compile time and by `instanceof` at run time, so give two classes with the same
 * fields a private field, or a field with a literal type, that differs.
 *
 * @example
 * ```ts
 * readonly graph = start(Price)
 *   .to(Charge, Audit)
 *   .from(Charge)
 *     .on(Receipt, Ship)
 *     .on(Declined, Refund);
 * ```
 */
export function start<const T extends NodeList>(...nodes: T): StartedGraph<CommonInput<T>, T> {
  return GraphBuilder.start(nodes) as unknown as StartedGraph<CommonInput<T>, T>;
}
