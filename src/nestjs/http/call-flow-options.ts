import type { FlowErrorStatuses } from './flow-error-http.js';
import { OptionCheck, rejectUnknownOptions } from '../option-check.js';
import { checkFlowRequestOptions, FLOW_REQUEST_OPTIONS, type FlowRequestOptions } from './request-options.js';

/** Options of `@CallFlow`. */
export interface CallFlowOptions extends FlowRequestOptions {
  /** HTTP statuses by error code, where the built-in ones do not fit. */
  readonly statuses?: FlowErrorStatuses;
}

/** Options of `@StreamFlow`. */
export interface StreamFlowOptions extends CallFlowOptions {
  /** After how many seconds without an event a comment is sent, so that proxies keep the connection. @defaultValue 15 */
  readonly heartbeatS?: number;
}

/**
 * @param owner - `@CallFlow(Orders)`, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkCallFlowOptions(options: CallFlowOptions, owner: string, more: readonly string[]): void {
  rejectUnknownOptions(options, [...FLOW_REQUEST_OPTIONS, 'statuses', ...more], owner);
  checkFlowRequestOptions(options, owner);
  const check = new OptionCheck<StreamFlowOptions>(options, owner);
  check.seconds('heartbeatS');
  check.that('statuses', areStatuses, 'HTTP statuses from 400 to 599 by error code');
}

function areStatuses(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((status) => Number.isInteger(status) && status >= 400 && status <= 599);
}
