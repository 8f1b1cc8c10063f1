import type { Type } from '@nestjs/common';
import type { FlowErrorStatuses } from './flow-error-http.js';
import { OptionCheck, rejectUnknownOptions } from '../option-check.js';
import { checkFlowRequestOptions, FLOW_REQUEST_OPTIONS, type FlowRequestOptions } from './request-options.js';

/** Options of `@CallFlow`. */
export interface CallFlowOptions extends FlowRequestOptions {
  /** HTTP statuses by error code, where the built-in ones do not fit. */
  readonly statuses?: FlowErrorStatuses;
  /** What the flow answers with, for OpenAPI: a class that `@nestjs/swagger` describes, or a list of one. @defaultValue not documented */
  readonly response?: Type | readonly [Type];
}

/** Options of `@StreamFlow`. */
export interface StreamFlowOptions extends Omit<CallFlowOptions, 'response'> {
  /** After how many seconds without an event a comment is sent, so that proxies keep the connection. @defaultValue 15 */
  readonly heartbeatS?: number;
}

/**
 * @param owner - `@CallFlow(Orders)`, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkCallFlowOptions(
  options: CallFlowOptions | StreamFlowOptions,
  owner: string,
  more: readonly (keyof CallFlowOptions | keyof StreamFlowOptions)[],
): void {
  rejectUnknownOptions(options, [...FLOW_REQUEST_OPTIONS, 'statuses', ...more], owner);
  checkFlowRequestOptions(options, owner);
  const check = new OptionCheck<CallFlowOptions & StreamFlowOptions>(options, owner);
  check.seconds('heartbeatS');
  check.that('statuses', areStatuses, 'HTTP statuses from 400 to 599 by error code');
  check.that('response', isResponse, 'a class, or a list of one class');
}

function isResponse(value: unknown): boolean {
  const [type, ...others] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return typeof type === 'function' && others.length === 0;
}

function areStatuses(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((status) => Number.isInteger(status) && status >= 400 && status <= 599);
}
