import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What belongs to one HTTP request, or to one message of a microservice or a WebSocket. */
export interface RequestTrace {
  readonly traceId: string;
  /** Aborts when the client goes away before it has its whole answer; undefined behind a broker, where nobody can tell. */
  readonly signal: AbortSignal | undefined;
  /** Longest time of its flow calls, in seconds, unless the controller sets another. */
  readonly timeoutS: number | undefined;
  /** What the client asks for, in seconds; it can only shorten the time. */
  readonly requestedTimeoutS: number | undefined;
}

/** How requests are read; the options of the module. */
export interface RequestTraceOptions {
  readonly trustTraceHeaders?: boolean | undefined;
  readonly timeoutS?: number | undefined;
  readonly timeoutHeader?: string | undefined;
}

const traces = new WeakMap<IncomingMessage, RequestTrace>();

/** Version, trace id, parent id and flags of https://www.w3.org/TR/trace-context/; all zeros and version ff are invalid. More may follow in later versions. */
const TRACEPARENT = /^(?!ff|00-.{52}-)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-.*)?$/;
/** What may be in a log line and in a header without doing harm. */
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;

/** The trace id that the headers of a request name: of `traceparent`, else `x-request-id`, else a fresh one. */
export function traceIdOf(headers: IncomingHttpHeaders): string {
  const traceparent = headers['traceparent'];
  const traced = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  if (traced !== undefined) return traced;
  const requestId = headers['x-request-id'];
  return typeof requestId === 'string' && REQUEST_ID.test(requestId) ? requestId : freshTraceId();
}

/** Begins the trace of a request. */
export function beginTrace(
  request: IncomingMessage,
  response: ServerResponse,
  { trustTraceHeaders = true, timeoutS, timeoutHeader }: RequestTraceOptions,
): RequestTrace {
  let controller: AbortController | undefined;
  const trace: RequestTrace = {
    traceId: trustTraceHeaders ? traceIdOf(request.headers) : freshTraceId(),
    timeoutS,
    requestedTimeoutS: timeoutHeader === undefined ? undefined : seconds(request.headers[timeoutHeader.toLowerCase()]),
    get signal() {
      controller ??= abortOnDisconnect(response);
      return controller.signal;
    },
  };
  traces.set(request, trace);
  return trace;
}

/** The trace of a request of Express or Fastify; undefined when the middleware did not see it. */
export function traceOf(request: unknown): RequestTrace | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  const { raw } = request as { readonly raw?: IncomingMessage };
  return traces.get(raw ?? (request as IncomingMessage));
}

/** 32 hex digits. */
function freshTraceId(): string {
  return randomUUID().replaceAll('-', '');
}

/** A header that is no positive number is as good as none. */
function seconds(header: string | readonly string[] | undefined): number | undefined {
  const value = typeof header === 'string' && header.trim() !== '' ? Number(header) : Number.NaN;
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

function abortOnDisconnect(response: ServerResponse): AbortController {
  const controller = new AbortController();
  const check = (): void => {
    if (!response.writableFinished) controller.abort();
  };
  if (response.closed || response.destroyed) check();
  else response.once('close', check);
  return controller;
}
