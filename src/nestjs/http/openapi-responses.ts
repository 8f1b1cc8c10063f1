import { HttpStatus, type Type } from '@nestjs/common';
import { apiResponsesOf, httpStatusOf, returnedTypes, setApiResponses, type ApiResponse } from '../nest-metadata.js';
import type { CallFlowOptions } from './call-flow-options.js';
import type { FlowCallMetadata } from './flow-call-metadata.js';

const EVENT_STREAM = { 'text/event-stream': { schema: { type: 'string' } } };
const EVENTS = 'Server-Sent Events: `chunk` and `piece` as they come, then `result` or `error`.';

/**
 * Says what a method with `@CallFlow` or `@StreamFlow` answers with, where `@nestjs/swagger` looks for it. The signature of the method
 * says what the flow takes, and the compiler plugin of that package goes by it.
 */
export function documentResponse(type: Type, name: string, method: object, call: FlowCallMetadata): void {
  const all = apiResponsesOf(method);
  const status = httpStatusOf(method);
  const { [status]: given = {}, ...others } = all;
  const documented = call.isStream
    ? { [HttpStatus.OK]: eventStream({ ...given, ...all[HttpStatus.OK] }) }
    : { [status]: result(given, call.options.response, returnedTypes(type, name)) };
  setApiResponses(method, { ...others, ...documented });
}

function eventStream({ description, content }: ApiResponse): ApiResponse {
  return {
    description: description === undefined || description === '' ? EVENTS : description,
    content: content ?? EVENT_STREAM,
  };
}

function result(given: ApiResponse, response: CallFlowOptions['response'], payloads: readonly unknown[]): ApiResponse {
  const { type, isArray, ...rest } = { description: '', ...given };
  if (typeof response === 'function') return { ...rest, type: response };
  if (response !== undefined) return { ...rest, type: response[0], isArray: true };
  const isPayload = payloads.includes(isArray === true ? Array : type);
  return type === undefined || isPayload ? rest : { description: '', ...given };
}
