import { HttpStatus, RequestMethod, type Type } from '@nestjs/common';

// What NestJS, its libraries and the compiler keep about methods, by their keys: the libraries themselves need not be installed.
const API_RESPONSE = 'swagger/apiResponse';
const HTTP_CODE = '__httpCode__';
const METHOD = 'method';
const FIELD_RESOLVER = 'graphql:resolve_property';

/** One response of a method, as `@nestjs/swagger` keeps it. */
export interface ApiResponse {
  readonly type?: unknown;
  readonly isArray?: boolean;
  readonly description?: string;
  readonly content?: unknown;
}

/** Those of a method, by status. */
export type ApiResponses = Readonly<Record<string, ApiResponse>>;

/** What decorators and the compiler plugin of `@nestjs/swagger` say that a method answers with. */
export function apiResponsesOf(method: object): ApiResponses {
  return (Reflect.getMetadata(API_RESPONSE, method) as ApiResponses | undefined) ?? {};
}

/** Takes the place of {@link apiResponsesOf}. */
export function setApiResponses(method: object, responses: ApiResponses): void {
  Reflect.defineMetadata(API_RESPONSE, responses, method);
}

/** The status of a method that succeeds. */
export function httpStatusOf(method: object): number {
  const status = Reflect.getMetadata(HTTP_CODE, method) as number | undefined;
  if (status !== undefined) return status;
  return Reflect.getMetadata(METHOD, method) === RequestMethod.POST ? HttpStatus.CREATED : HttpStatus.OK;
}

/** Whether a method has `@ResolveField` of `@nestjs/graphql`. */
export function isFieldResolver(method: object): boolean {
  return Reflect.getMetadata(FIELD_RESOLVER, method) === true;
}

/** What a method returns; of a promise the compiler does not say what it is of, but most of what is returned came in. */
export function returnedTypes(type: Type, name: string): readonly unknown[] {
  const prototype = type.prototype as object;
  const returned: unknown = Reflect.getMetadata('design:returntype', prototype, name);
  if (returned !== Promise) return [returned];
  return (Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[] | undefined) ?? [];
}
