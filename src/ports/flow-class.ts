import type { FlowGraph } from './flow-graph.js';

/** A class of flows: it has a `graph`. */
export type FlowClass<In = never, Out = unknown> = new (...args: never[]) => { readonly graph: FlowGraph<In, Out> };

/** The payload type that `emit` of the flow class `C` takes. */
export type FlowInput<C extends FlowClass> = C extends new (...args: never[]) => {
  readonly graph: FlowGraph<infer In>;
}
  ? In
  : never;

/** The payload type that the flow class `C` delivers; `never` when nothing leaves it. */
export type FlowOutput<C extends FlowClass> = C extends new (...args: never[]) => {
  readonly graph: FlowGraph<never, infer Out>;
}
  ? Out
  : never;
