import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { EmitOptions } from '../../index.js';
import { rejectUnknownOptions } from '../option-check.js';
import {
  checkFlowRequestOptions,
  FLOW_REQUEST_OPTIONS,
  requestOptions,
  type FlowRequestOptions,
} from './request-options.js';

/**
 * Gives a method of a controller, a gateway or a resolver what its flow calls should know of the request or the message: the trace id (that
 * of the request's log lines), a signal that aborts when the client goes away, and the time there is. Its type is `EmitOptions`.
 *
 * Each call is a run of its own, so several may go on at once under the trace id of the request.
 *
 * @throws FlowError `INVALID_OPTION`, while the decorator runs
 * @example
 * ```ts
 * @Post()
 * create(@Body() order: Order, @FlowRequest({ timeoutS: 10 }) request: EmitOptions): Promise<Receipt> {
 *   return this.orders.call(order, request);
 * }
 * ```
 */
export function FlowRequest(options: FlowRequestOptions = {}): ParameterDecorator {
  rejectUnknownOptions(options, FLOW_REQUEST_OPTIONS, '@FlowRequest');
  checkFlowRequestOptions(options, '@FlowRequest');
  return decorateParameter(options);
}

const decorateParameter = createParamDecorator((options: FlowRequestOptions, context: ExecutionContext): EmitOptions =>
  requestOptions(context, options),
);
