declare const GRAPH_TYPES: unique symbol;

/** The payload types of a graph, and nothing else of it; what `ctx.call` infers from. */
export interface GraphTypes<in In = never, out Out = unknown> {
  /** Carries the types only; never set. */
  readonly [GRAPH_TYPES]?: (payload: In) => Out;
}
