import type { ExecutionContext } from '@nestjs/common';
import { FlowError, type EmitOptions } from '../../index.js';
import { OptionCheck } from '../option-check.js';
import { answerFor } from './flow-error-http.js';
import { isMessage, messageDataOf, messageTraceOf } from './message-trace.js';
import { traceOf } from './request-trace.js';

/** What a controller may say about the flow calls of a request. */
export interface FlowRequestOptions {
  /** Longest time of the call, in seconds. @defaultValue `timeoutS` of `PenguiFlowModule.forRoot` */
  readonly timeoutS?: number;
  /**
   * Whose work it is, or how to read that off the request, also in GraphQL, or off the data of a message: 1 to 128 letters, digits, signs and spaces,
   * else the answer is 400. @defaultValue `'default'`
   */
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
    (tenant) => isTenant(tenant) || typeof tenant === 'function',
    'a string of 1 to 128 letters, digits, signs and spaces, or a function',
  );
}

/**
 * What `emit`, `call` and `stream` should know of an HTTP request, or of a message: its trace id, its end, its time and its tenant.
 *
 * @throws an HttpException of status 400, or for a message FlowError `INVALID_OPTION`, when what the request has is no tenant
 */
export function requestOptions(context: ExecutionContext, own: FlowRequestOptions): EmitOptions {
  const message = isMessage(context);
  const request: unknown = message ? messageDataOf(context) : context.switchToHttp().getRequest();
  const trace = message ? messageTraceOf(context, context.getClass()) : traceOf(request);
  const timeoutS = shortest(own.timeoutS ?? trace?.timeoutS, trace?.requestedTimeoutS);
  const tenant = typeof own.tenant === 'function' ? own.tenant(request) : own.tenant;
  if (tenant !== undefined && !isTenant(tenant)) {
    const error = noTenant(trace?.traceId);
    throw message ? error : answerFor(error, {});
  }
  return {
    ...(trace === undefined ? undefined : { traceId: trace.traceId }),
    ...(trace?.signal === undefined ? undefined : { signal: trace.signal }),
    ...(timeoutS === undefined ? undefined : { timeoutS }),
    ...(tenant === undefined ? undefined : { tenant }),
  };
}

/** Letters, digits, signs and spaces of any script: nothing that changes how a line looks. */
const TENANT = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,128}$/u;

function isTenant(value: unknown): boolean {
  return typeof value === 'string' && TENANT.test(value);
}

/** The value stays out of it: it may be long, and it is the client's. */
function noTenant(traceId: string | undefined): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: 'What the request has as its tenant is none: a tenant has 1 to 128 letters, digits, signs and spaces',
    metadata: { option: 'tenant' },
    ...(traceId === undefined ? undefined : { traceId }),
  });
}

function shortest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
