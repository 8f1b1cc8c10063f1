import type { CreateFlowOptions, FlowAssemblyOptions } from './assembly/create-flow-options.js';
import { openFlow } from './open-flow.js';
import type { FlowClass, FlowInput, FlowOutput } from './ports/flow-class.js';
import type { AnyProvider, Provider } from './ports/provider.js';
import type { PenguiFlow } from './runtime/penguiflow.js';

/**
 * Makes a flow from its class: a container of its own, one instance of each node, the checked graph. Starts nothing.
 *
 * @param flowClass - a class with `@Flow` and a `graph` field
 * @returns the handle; `run()` starts it, `stop()` ends it and disposes what was built for it
 * @throws FlowError at once for everything that is wrong with the declaration: `FLOW_NOT_DECORATED`,
 * `NODE_NOT_DECORATED`, `UNRESOLVABLE_DEPENDENCY`, `METADATA_MISSING`, `GRAPH_MISSING`, `EMPTY_GRAPH`, `GRAPH_CYCLE`,
 * `NODE_UNREACHABLE`, `DUPLICATE_NODE`, `DUPLICATE_EDGE`, `DUPLICATE_FLOW_NAME`, `PROCESS_MISSING`,
 * `MIDDLEWARE_NOT_DECORATED`, `INVALID_OPTION`
 * @example
 * ```ts
 * await using flow = createFlow(Orders, { providers: [{ token: Catalog, useValue: catalog }] });
 * await flow.run();
 * const receipt = await flow.call(new Order('a-1', 2));
 * ```
 */
export function createFlow<C extends FlowClass, P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: C,
  options: CreateFlowOptions<P> = {},
): PenguiFlow<FlowInput<C>, FlowOutput<C>> {
  return openFlow<FlowInput<C>, FlowOutput<C>>(flowClass, options as FlowAssemblyOptions);
}
