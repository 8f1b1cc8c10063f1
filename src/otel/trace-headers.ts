import { context, propagation, type TextMapGetter } from '@opentelemetry/api';

/** Headers as they arrive, or anything of that shape. */
export type HeaderSource = Readonly<Record<string, unknown>>;

/** Reads a message's meta as if it were headers; what is no text is not there. */
export const META_GETTER: TextMapGetter<HeaderSource> = {
  keys: (meta) => Object.keys(meta),
  get: (meta, key) => {
    const value = meta[key];
    return typeof value === 'string' ? value : undefined;
  },
};

/**
 * The trace headers (`traceparent`, `tracestate`, and what else the registered propagator reads) among the headers of a
 * request, for the meta of the message that it becomes. Everything else is left out.
 *
 * @example
 * ```ts
 * await flow.emit(order, { meta: traceMeta(request.headers) });
 * ```
 */
export function traceMeta(headers: HeaderSource): Record<string, string> {
  const meta: Record<string, string> = {};
  for (const field of propagation.fields()) {
    const value = headers[field.toLowerCase()] ?? headers[field];
    if (typeof value === 'string') meta[field] = value;
  }
  return meta;
}

/**
 * The trace headers of the span around the caller, for a call that nothing instruments. Inside a node that is the attempt.
 *
 * @example
 * ```ts
 * await queue.publish(order, { headers: traceHeaders() });
 * ```
 */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
