import { SetMetadata, UseFilters, UseInterceptors } from '@nestjs/common';
import type { FlowClass, FlowInput, Message } from '../../index.js';
import { checkCallFlowOptions, type CallFlowOptions, type StreamFlowOptions } from './call-flow-options.js';
import { FlowCallInterceptor } from './flow-call-interceptor.js';
import { FLOW_CALL, type FlowCallMetadata } from './flow-call-metadata.js';
import { FlowStreamInterceptor } from './flow-stream-interceptor.js';
import { MessageFailureFilter } from './message-failure.js';

/** A decorator for methods that return what the flow takes, or a promise of it. */
type PayloadMethod<In> = <T extends (...args: never[]) => Returned<In> | Promise<Returned<In>>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

type Returned<In> = In | Message<In>;

/**
 * Calls a flow with what a controller method returns, and answers with the flow's result. The run has the trace id of the request,
 * ends when the client goes away, and fails with a proper HTTP status. In a microservice, a gateway or a GraphQL resolver it answers in
 * the same way.
 *
 * @throws FlowError `INVALID_OPTION`, while the decorator runs
 * @example
 * ```ts
 * @Post()
 * @CallFlow(Orders, { timeoutS: 10 })
 * create(@Body() order: Order): Order {
 *   return order;
 * }
 * ```
 */
export function CallFlow<C extends FlowClass>(
  flowClass: C,
  options: CallFlowOptions = {},
): PayloadMethod<FlowInput<C>> {
  checkCallFlowOptions(options, `@CallFlow(${flowClass.name})`, ['response']);
  return withInterceptor(flowClass, options, FlowCallInterceptor);
}

/**
 * Streams a flow's pieces and its result as Server-Sent Events: what `emitChunk` sends as they come, then the event `result`, or
 * the event `error` with the body that `@CallFlow` would answer with. A client that reads slowly slows down the nodes of its
 * own run only.
 *
 * @throws FlowError `INVALID_OPTION`, while the decorator runs
 * @example
 * ```ts
 * @Post('stream')
 * @StreamFlow(Orders)
 * stream(@Body() order: Order): Order {
 *   return order;
 * }
 * ```
 */
export function StreamFlow<C extends FlowClass>(
  flowClass: C,
  options: StreamFlowOptions = {},
): PayloadMethod<FlowInput<C>> {
  checkCallFlowOptions(options, `@StreamFlow(${flowClass.name})`, ['heartbeatS']);
  return withInterceptor(flowClass, options, FlowStreamInterceptor);
}

const MESSAGE_FAILURES = new MessageFailureFilter();

function withInterceptor<In>(
  flowClass: FlowClass,
  options: StreamFlowOptions,
  interceptor: typeof FlowCallInterceptor | typeof FlowStreamInterceptor,
): PayloadMethod<In> {
  const metadata: FlowCallMetadata = { flowClass, options, isStream: interceptor === FlowStreamInterceptor };
  return (target, key, descriptor) => {
    SetMetadata(FLOW_CALL, metadata)(target, key, descriptor);
    UseInterceptors(interceptor)(target, key, descriptor);
    UseFilters(MESSAGE_FAILURES)(target, key, descriptor);
  };
}
