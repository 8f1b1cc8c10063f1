import type { Logger } from 'winston';
import { sharedToken, type ServiceToken } from '../../ports/token.js';
import type { FlowLoggerOptions } from './flow-logger-options.js';

/**
 * The winston logger that nodes and services get injected, and that `ctx.logger` and `FlowLogger` write to; bind a winston
 * `Logger`. Left unbound it is `getLogger()`, whose lines are correlated, and `FlowLogger` writes to `penguiflow.flow`.
 */
export const LOGGER: ServiceToken<Logger> = sharedToken('logger');

/** The winston logger that `FlowLogger` writes to, where its lines shall go elsewhere than those of `LOGGER`. */
export const EVENT_LOGGER: ServiceToken<Logger> = sharedToken('event-logger');

/** The options of `FlowLogger`; bind a {@link FlowLoggerOptions}. */
export const FLOW_LOGGER_OPTIONS: ServiceToken<FlowLoggerOptions> = sharedToken('flow-logger-options');
