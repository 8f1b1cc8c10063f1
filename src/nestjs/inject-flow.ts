import { Inject } from '@nestjs/common';
import type { FlowClass } from '../index.js';
import { getFlowToken } from './flow-token.js';

/**
 * Injects the handle of a flow that a module lists in `PenguiFlowModule.forFeature([…])`. The handle can be kept at once and
 * used from `onApplicationBootstrap` on, when the flow runs.
 *
 * @example
 * ```ts
 * @Controller('orders')
 * class OrdersController {
 *   constructor(@InjectFlow(Orders) private readonly orders: FlowHandle<typeof Orders>) {}
 * }
 * ```
 */
export function InjectFlow(flowClass: FlowClass): PropertyDecorator & ParameterDecorator {
  return Inject(getFlowToken(flowClass));
}
