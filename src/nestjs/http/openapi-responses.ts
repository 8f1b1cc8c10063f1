import { HttpStatus, RequestMethod, type Type } from '@nestjs/common';
import type { CallFlowOptions } from './call-flow-options.js';
import type { FlowCallMetadata } from './flow-call-metadata.js';

/** Under which `@nestjs/swagger` keeps the responses of a method, by status. The package itself is not needed. */
const API_RESPONSE = 'swagger/apiResponse';
/** Under which NestJS keeps `@HttpCode`, and the HTTP method of a handler. */
const HTTP_CODE = '__httpCode__';
const METHOD = 'method';

/** One of them. */
interface ApiResponse {
  readonly type?: unknown;
  readonly isArray?: boolean;
  readonly description?: string;
  readonly content?: unknown;
}

type ApiResponses = Readonly<Record<string, ApiResponse>>;

const EVENT_STREAM = { 'text/event-stream': { schema: { type: 'string' } } };
const EVENTS = 'Server-Sent Events: `chunk` and `piece` as they come, then `result` or `error`.';

/**
 * Says what a method with `@CallFlow` or `@StreamFlow` answers with, where `@nestjs/swagger` looks for it. The signature of the method
 * says what the flow takes, and the compiler plugin of that package goes by it.
 */
export function documentResponse(type: Type, name: string, method: object, call: FlowCallMetadata): void {
  const all = (Reflect.getMetadata(API_RESPONSE, method) as ApiResponses | undefined) ?? {};
  const status = String(statusOf(method));
  const { [status]: given = {}, ...others } = all;
  const documented = call.isStream
    ? { ...others, [HttpStatus.OK]: eventStream({ ...given, ...all[HttpStatus.OK] }) }
    : { ...others, [status]: result(given, call.options.response, payloadTypes(type, name)) };
  Reflect.defineMetadata(API_RESPONSE, documented, method);
}

function eventStream({ description, content }: ApiResponse): ApiResponse {
  return { description: nonEmpty(description) ?? EVENTS, content: content ?? EVENT_STREAM };
}

function result(given: ApiResponse, response: CallFlowOptions['response'], payloads: readonly unknown[]): ApiResponse {
  const { type, isArray, ...rest } = { description: '', ...given };
  const isPayload = payloads.includes(isArray === true ? Array : type);
  if (response === undefined) return isPayload ? rest : { ...rest, ...own(type, isArray) };
  return typeof response === 'function' ? { ...rest, type: response } : { ...rest, type: response[0], isArray: true };
}

function own(type: unknown, isArray: boolean | undefined): ApiResponse {
  return type === undefined ? {} : { type, ...(isArray === undefined ? undefined : { isArray }) };
}

/** What the method returns; of a promise the compiler does not say what it is of, but most payloads are what the method gets. */
function payloadTypes(type: Type, name: string): readonly unknown[] {
  const prototype = type.prototype as object;
  const returned: unknown = Reflect.getMetadata('design:returntype', prototype, name);
  if (returned !== Promise) return [returned];
  return (Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[] | undefined) ?? [];
}

/** As `@nestjs/swagger` and NestJS itself have it. */
function statusOf(method: object): number {
  const status = Reflect.getMetadata(HTTP_CODE, method) as number | undefined;
  if (status !== undefined) return status;
  return Reflect.getMetadata(METHOD, method) === RequestMethod.POST ? HttpStatus.CREATED : HttpStatus.OK;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
