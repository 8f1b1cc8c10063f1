/**
 * The winston logger that nodes and services get injected, and that `ctx.logger` and `FlowLogger` write to; bind a winston
 * `Logger`. Left unbound it is `getLogger()`, whose lines are correlated, and `FlowLogger` writes to `penguiflow.flow`.
 */
export const LOGGER: unique symbol = Symbol.for('penguiflow:token:logger') as never;

/** The winston logger that `FlowLogger` writes to, where its lines shall go elsewhere than those of `LOGGER`. */
export const EVENT_LOGGER: unique symbol = Symbol.for('penguiflow:token:event-logger') as never;

/** The options of `FlowLogger`; bind a {@link FlowLoggerOptions}. */
export const FLOW_LOGGER_OPTIONS: unique symbol = Symbol.for('penguiflow:token:flow-logger-options') as never;
