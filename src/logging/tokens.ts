/**
 * The winston logger that nodes and `FlowLogger` get injected; bind a winston `Logger`.
 * Left unbound, `FlowLogger` writes to `penguiflow.flow`.
 */
export const LOGGER: unique symbol = Symbol.for('penguiflow:token:logger') as never;

/** The options of `FlowLogger`; bind a {@link FlowLoggerOptions}. */
export const FLOW_LOGGER_OPTIONS: unique symbol = Symbol.for('penguiflow:token:flow-logger-options') as never;
