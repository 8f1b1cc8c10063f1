import type { ExecutionContext } from '@nestjs/common';
import type { EmitOptions } from '../../index.js';
import { OptionCheck } from '../option-check.js';
import { traceOf } from './request-trace.js';

/** What a controller may say about the flow calls of a request. */
export interface FlowRequestOptions {
  /** Longest time of the call, in seconds. @defaultValue `timeoutS` of `PenguiFlowModule.forRoot` */
  readonly timeoutS?: number;
  /** Whose work it is, or how to read that off the request. @defaultValue `'default'` */
  readonly tenant?: string | ((request: unknown) => string | undefined);
}

/** The names of {@link FlowRequestOptions}. */
export const FLOW_REQUEST_OPTIONS: readonly (keyof FlowRequestOptions)[] = ['timeoutS', 'tenant'];

/** @throws FlowError `INVALID_OPTION` */
export function checkFlowRequestOptions(options: FlowRequestOptions, owner: string): void {
  const check = new OptionCheck(options, owner);
  check.seconds('timeoutS');
  check.that(
    'tenant',
    (tenant) => typeof tenant === 'string' || typeof tenant === 'function',
    'a string or a function',
  );
}

/** What `emit`, `call` and `stream` should know of an HTTP request: its trace id, its end, its time and its tenant. */
export function requestOptions(context: ExecutionContext, own: FlowRequestOptions): EmitOptions {
  const request = context.switchToHttp().getRequest<object>();
  const trace = traceOf(request);
  const timeoutS = shortest(own.timeoutS ?? trace?.timeoutS, trace?.requestedTimeoutS);
  const tenant = typeof own.tenant === 'function' ? own.tenant(request) : own.tenant;
  return {
    ...(trace === undefined ? undefined : { traceId: trace.traceId, signal: trace.signal }),
    ...(timeoutS === undefined ? undefined : { timeoutS }),
    ...(tenant === undefined ? undefined : { tenant }),
  };
}

function shortest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
