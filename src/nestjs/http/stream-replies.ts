import type { StreamableFile } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

/** The streams that answer requests, by their response. */
const streams = new WeakMap<object, StreamableFile>();

/** A request is answered with a stream, whatever interceptors make of it. */
export function replyWithStream(response: object, stream: StreamableFile): void {
  streams.set(response, stream);
}

/**
 * Has the adapter send the stream of a response instead of what interceptors around the handler made of it: an envelope around a
 * stream is JSON of its internals. What goes wrong in one of them is answered as it is.
 */
export function keepStreams({ httpAdapter }: HttpAdapterHost): void {
  const reply = httpAdapter.reply.bind(httpAdapter) as (response: object, body: unknown, status?: number) => unknown;
  httpAdapter.reply = (response: object, body: unknown, status?: number): unknown => {
    const stream = status === undefined || status < 400 ? streams.get(response) : undefined;
    return reply(response, stream ?? body, status);
  };
}
