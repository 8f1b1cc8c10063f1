import type { CreateFlowOptions, FlowAssemblyOptions } from './assembly/create-flow-options.js';
import { openFlow } from './create-flow.js';
import type { FlowPlan } from './graph/flow-plan.js';
import type { FlowClass } from './ports/flow-class.js';
import type { AnyProvider, Provider } from './ports/provider.js';
import type { PartShape } from './runtime/border/arrival.js';
import type { FlowPart } from './runtime/flow-part.js';
import { PartRuntime } from './runtime/part-runtime.js';

/**
 * Makes a part of a flow: the nodes that run here, with what else they need; the others are elsewhere. It is what a carrier puts its messages
 * into; those who run flows in several processes use `serveFlow` of `penguiflow/distributed` instead.
 *
 * @param shape - which nodes, and which edges lead out though both ends are here; or what says so of the plan
 * @throws FlowError as `createFlow`
 * @example
 * ```ts
 * const part = openPart(Documents, { members: new Set(['Parse']), isCut: () => false });
 * await part.run();
 * ```
 */
export function openPart<P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: FlowClass,
  shape: PartShape | ((plan: FlowPlan) => PartShape),
  options: CreateFlowOptions<P> = {},
): FlowPart {
  return new PartRuntime(openFlow<never, unknown>(flowClass, options as FlowAssemblyOptions, undefined, shape));
}
