import type { ArgumentsHost } from '@nestjs/common';

/** What the context value of an operation has: with Apollo `req`, with Mercurius `reply`; over `graphql-ws` the connection is in `extra`. */
interface OperationContext {
  readonly req?: unknown;
  readonly request?: unknown;
  readonly reply?: { readonly request?: unknown };
  readonly extra?: { readonly socket?: unknown };
}

/** Whether a handler is a GraphQL resolver. */
export function isGraphql(host: ArgumentsHost): boolean {
  return host.getType<string>() === 'graphql';
}

/** The context value of the operation that a resolver works for: the third argument of every resolver. */
export function operationOf(host: ArgumentsHost): unknown {
  return host.getArgByIndex<unknown>(2);
}

/** The HTTP request of an operation, or what the server has in its place; undefined where the context names none. */
export function operationRequestOf(host: ArgumentsHost): unknown {
  const context = contextOf(host);
  return context?.req ?? context?.request ?? context?.reply?.request;
}

/** The WebSocket that an operation came over; undefined for HTTP. */
export function operationSocketOf(host: ArgumentsHost): unknown {
  // Apollo's driver gives as `req` whatever the context was made of, and that is the connection itself.
  const request = operationRequestOf(host) as OperationContext | undefined;
  return request?.extra?.socket ?? contextOf(host)?.extra?.socket;
}

function contextOf(host: ArgumentsHost): OperationContext | undefined {
  const context = operationOf(host);
  return typeof context === 'object' && context !== null ? context : undefined;
}
