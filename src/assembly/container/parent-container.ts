/**
 * A container that a flow's own can be a child of, in as far as the types go: what tsyringe's `container` and `createChildContainer()` are.
 * Not tsyringe's own type, so that programs without tsyringe compile.
 *
 * @example
 * ```ts
 * import { container } from 'tsyringe';
 *
 * const flow = createFlow(Orders, { container: container.createChildContainer() });
 * ```
 */
export interface ParentContainer {
  createChildContainer(): ParentContainer;
  isRegistered(token: symbol, recursive?: boolean): boolean;
  resolve(token: symbol): unknown;
  resolveAll(token: symbol): unknown[];
}
