import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import { mergeMap, type Observable } from 'rxjs';
import { FlowError, type EmitOptions, type FlowClass, type PenguiFlow } from '../../index.js';
import { getFlowToken } from '../flow-token.js';
import type { StreamFlowOptions } from './call-flow-options.js';
import { answerFor } from './flow-error-http.js';
import { requestOptions } from './request-options.js';

/** Under which a controller method has its {@link FlowCallMetadata}. */
export const FLOW_CALL = 'penguiflow:flow-call';

/** What `@CallFlow` and `@StreamFlow` leave on a method. */
export interface FlowCallMetadata {
  readonly flowClass: FlowClass;
  readonly options: StreamFlowOptions;
}

/** Everything there is to know for one call. */
export interface FlowCall {
  readonly flow: PenguiFlow<unknown>;
  readonly emit: EmitOptions;
  readonly options: StreamFlowOptions;
}

/** What a request's method wants to be called; the flow may be in any module. */
export function flowCallOf(context: ExecutionContext, moduleRef: ModuleRef, reflector: Reflector): FlowCall {
  const { flowClass, options } = reflector.get<FlowCallMetadata>(FLOW_CALL, context.getHandler());
  return {
    flow: moduleRef.get<PenguiFlow<unknown>>(getFlowToken(flowClass), { strict: false }),
    emit: requestOptions(context, options),
    options,
  };
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
    return next.handle().pipe(mergeMap((payload) => this.#call(context, payload)));
  }

  async #call(context: ExecutionContext, payload: unknown): Promise<unknown> {
    const { flow, emit, options } = flowCallOf(context, this.#moduleRef, this.#reflector);
    try {
      return await flow.call(payload, emit);
    } catch (error) {
      throw FlowError.is(error) ? answerFor(error, { statuses: options.statuses, plan: flow.plan }) : error;
    }
  }
}
