import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import { mergeMap, type Observable } from 'rxjs';
import { FlowError, withLogFields, type EmitOptions, type PenguiFlow } from '../../index.js';
import { getFlowToken } from '../flow-token.js';
import type { StreamFlowOptions } from './call-flow-options.js';
import { FLOW_CALL, type FlowCallMetadata } from './flow-call-metadata.js';
import { answerFor, messageAnswerFor } from './flow-error-http.js';
import { MessageFailure } from './message-failure.js';
import { isMessage, messageTraceOf } from './message-trace.js';
import { requestOptions } from './request-options.js';

/** Everything there is to know for one call. */
export interface FlowCall {
  readonly flow: PenguiFlow<unknown>;
  readonly emit: EmitOptions;
  readonly options: StreamFlowOptions;
}

/** What a request's method wants to be called; the flow may be in any module. */
export function flowCallOf(context: ExecutionContext, moduleRef: ModuleRef, reflector: Reflector): FlowCall {
  const { flowClass, options } = callMetadataOf(context, reflector);
  return {
    flow: moduleRef.get<PenguiFlow<unknown>>(getFlowToken(flowClass), { strict: false }),
    emit: requestOptions(context, options),
    options,
  };
}

function callMetadataOf(context: ExecutionContext, reflector: Reflector): FlowCallMetadata {
  return reflector.get<FlowCallMetadata>(FLOW_CALL, context.getHandler());
}

/** Does what `@CallFlow` says. */
@Injectable()
export class FlowCallInterceptor implements NestInterceptor {
  readonly #moduleRef: ModuleRef;
  readonly #reflector: Reflector;

  constructor(moduleRef: ModuleRef, reflector: Reflector) {
    this.#moduleRef = moduleRef;
    this.#reflector = reflector;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const answers = (): Observable<unknown> => next.handle().pipe(mergeMap((payload) => this.#call(context, payload)));
    const trace = messageTraceOf(context, context.getClass());
    // Requests have their fields since before the routes; a message begins here.
    return trace === undefined ? answers() : withLogFields({ trace_id: trace.traceId }, answers);
  }

  async #call(context: ExecutionContext, payload: unknown): Promise<unknown> {
    const { statuses } = callMetadataOf(context, this.#reflector).options;
    let known: Pick<FlowCall, 'flow' | 'emit'> | undefined;
    try {
      known = flowCallOf(context, this.#moduleRef, this.#reflector);
      return await known.flow.call(payload, known.emit);
    } catch (error) {
      if (!FlowError.is(error)) throw error;
      const options = { statuses, plan: known?.flow.plan, traceId: known?.emit.traceId };
      throw isMessage(context)
        ? new MessageFailure(messageAnswerFor(error, options), error)
        : answerFor(error, options);
    }
  }
}
