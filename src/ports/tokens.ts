import type { Clock } from './clock.js';
import type { CorrelationScope, FlowLog } from './flow-log.js';
import type { FlowTracer } from './flow-tracer.js';
import { sharedToken, type ServiceToken } from './token.js';

/** The clock of the flow; bind a {@link Clock}. */
export const CLOCK: ServiceToken<Clock> = sharedToken('clock');

/** Where the runtime and `ctx.logger` write; bind a {@link FlowLog}. */
export const FLOW_LOG: ServiceToken<FlowLog> = sharedToken('flow-log');

/** The async context for correlated loggers; bind a function that returns a {@link CorrelationScope} or undefined. */
export const CORRELATION: ServiceToken<() => CorrelationScope | undefined> = sharedToken('correlation');

/** What follows messages from hop to hop; bind a {@link FlowTracer}. Unbound by default. */
export const TRACER: ServiceToken<FlowTracer> = sharedToken('tracer');
