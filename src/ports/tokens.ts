/** The clock of the flow; bind a {@link Clock}. */
export const CLOCK: unique symbol = Symbol.for('penguiflow:token:clock') as never;

/** Where the runtime and `ctx.logger` write; bind a {@link FlowLog}. */
export const FLOW_LOG: unique symbol = Symbol.for('penguiflow:token:flow-log') as never;

/** The async context for correlated loggers; bind a function that returns a {@link CorrelationScope} or undefined. */
export const CORRELATION: unique symbol = Symbol.for('penguiflow:token:correlation') as never;

/** What follows messages from hop to hop; bind a {@link FlowTracer}. Unbound by default. */
export const TRACER: unique symbol = Symbol.for('penguiflow:token:tracer') as never;
