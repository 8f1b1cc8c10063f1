import type { FlowGraph, UnfinishedGraph } from './flow-graph.js';

/** A class of flows: it has a `graph`. Whether that is complete, `@Flow` checks. */
export type FlowClass<In = never, Out = unknown> = new (...args: never[]) => {
  readonly graph: FlowGraph<In, Out> | UnfinishedGraph<In, Out>;
};

/** The payload type that `emit` of the flow class `C` takes. */
export type FlowInput<C extends FlowClass> = C extends new (...args: never[]) => {
  readonly graph: FlowGraph<infer In> | UnfinishedGraph<infer In>;
}
  ? In
  : never;

/** The payload type that the flow class `C` delivers; `never` when nothing leaves it. */
export type FlowOutput<C extends FlowClass> = C extends new (...args: never[]) => {
  readonly graph: FlowGraph<never, infer Out> | UnfinishedGraph<never, infer Out>;
}
  ? Out
  : never;
