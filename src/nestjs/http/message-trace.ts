import type { ArgumentsHost, Type } from '@nestjs/common';
import { isGraphql, operationOf, operationRequestOf, operationSocketOf } from './graphql-context.js';
import { traceIdOf, traceOf, type RequestTrace, type RequestTraceOptions } from './request-trace.js';

/** The options of the module, by the controllers and gateways of its application: decorators have no other way to them. */
const options = new WeakMap<Type, RequestTraceOptions>();

/** By what is one message's own: the context of a message of a microservice or of a GraphQL operation, the data of a WebSocket's. */
const traces = new WeakMap<object, RequestTrace>();

/** By connection, so that a connection of many messages has one listener. */
const ends = new WeakMap<object, AbortSignal>();

/** Remembers how the messages to a controller or a gateway are read. */
export function readMessagesWith(handlerClass: Type, { trustTraceHeaders, timeoutS }: RequestTraceOptions): void {
  options.set(handlerClass, { trustTraceHeaders, timeoutS });
}

/**
 * The trace of a message; begins it, unless it has begun. A GraphQL operation has that of its HTTP request, if it came by one.
 * Undefined for other kinds of calls.
 */
export function messageTraceOf(host: ArgumentsHost, handlerClass: Type): RequestTrace | undefined {
  const known = knownMessageTrace(host);
  if (known !== undefined || !isMessage(host)) return known;
  const { trustTraceHeaders = true, timeoutS } = options.get(handlerClass) ?? {};
  const trace: RequestTrace = {
    traceId: traceIdOf(trustTraceHeaders ? headersOf(host) : {}),
    timeoutS,
    requestedTimeoutS: undefined,
    signal: endOf(connectionOf(host)),
  };
  const key = ownOf(host);
  if (isObject(key)) traces.set(key, trace);
  return trace;
}

/** The trace of a message, if it has begun. */
export function knownMessageTrace(host: ArgumentsHost): RequestTrace | undefined {
  if (!isMessage(host)) return undefined;
  const ofRequest = isGraphql(host) ? traceOf(operationRequestOf(host)) : undefined;
  const key = ownOf(host);
  return ofRequest ?? (isObject(key) ? traces.get(key) : undefined);
}

/** The data of a message; of a GraphQL operation its request, which has the headers. */
export function messageDataOf(host: ArgumentsHost): unknown {
  if (isGraphql(host)) return operationRequestOf(host) ?? operationOf(host);
  return host.getType() === 'ws' ? host.switchToWs().getData() : host.switchToRpc().getData();
}

/** Whether a handler works on a message of a microservice or a WebSocket, or resolves for GraphQL. */
export function isMessage(host: ArgumentsHost): boolean {
  const type: string = host.getType();
  return type === 'rpc' || type === 'ws' || isGraphql(host);
}

function ownOf(host: ArgumentsHost): unknown {
  if (isGraphql(host)) return operationOf(host);
  return host.getType() === 'ws' ? host.switchToWs().getData<unknown>() : host.switchToRpc().getContext<unknown>();
}

/** NATS has headers; the other transports have none that all their clients agree on. */
function headersOf(host: ArgumentsHost): Readonly<Record<string, string>> {
  if (host.getType() === 'ws' || isGraphql(host)) return {};
  const context = host.switchToRpc().getContext<{ getHeaders?(): { get?(name: string): unknown } | undefined }>();
  const given = context?.getHeaders?.();
  const found = ['traceparent', 'x-request-id'].map((name) => [name, given?.get?.(name)] as const);
  return Object.fromEntries(found.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

/** A socket that says when it is over: of TCP, of `ws`, of socket.io. */
interface Connection {
  once?(event: string, listener: () => void): unknown;
  /** Of TCP. */
  readonly isClosed?: boolean;
  /** Of `ws`: above 1 it is closing or closed. */
  readonly readyState?: number;
  /** Of socket.io. */
  readonly disconnected?: boolean;
}

function connectionOf(host: ArgumentsHost): Connection | undefined {
  if (isGraphql(host)) return operationSocketOf(host) as Connection | undefined;
  if (host.getType() === 'ws') return host.switchToWs().getClient<Connection>();
  return host.switchToRpc().getContext<{ getSocketRef?(): Connection } | undefined>()?.getSocketRef?.();
}

/** Aborts when the connection is over; undefined where there is none, like behind a broker. */
function endOf(connection: Connection | undefined): AbortSignal | undefined {
  if (!isObject(connection) || typeof connection.once !== 'function') return undefined;
  const known = ends.get(connection);
  if (known !== undefined) return known;
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const { isClosed, readyState = 0, disconnected } = connection;
  if (isClosed === true || readyState > 1 || disconnected === true) end();
  else {
    connection.once('close', end);
    connection.once('disconnect', end);
  }
  ends.set(connection, controller.signal);
  return controller.signal;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
