import { FlowError } from '../../errors/flow-error.js';
import type { StreamChunk } from '../../message/stream-chunk.js';

/**
 * A chunk as the text of a WebSocket message: one JSON object with the keys of PenguiFlow for Python, `stream_id`, `seq`,
 * `text`, `done` and `meta`.
 *
 * @param extra - further keys; they win over those of the chunk
 * @throws FlowError `INVALID_MESSAGE` when `meta` or `extra` is not JSON-ready (a cycle, a BigInt)
 * @example
 * ```ts
 * socket.send(chunkToWsJson(chunk, { conversation: id }));
 * ```
 */
export function chunkToWsJson(chunk: StreamChunk, extra: Readonly<Record<string, unknown>> = {}): string {
  const { streamId, seq, text, done, meta } = chunk;
  return jsonOf({ stream_id: streamId, seq, text, done, meta, ...extra });
}

/** @throws FlowError `INVALID_MESSAGE` */
export function jsonOf(value: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new FlowError('INVALID_MESSAGE', {
      message: 'Expected what is sent of a StreamChunk to be JSON-ready, and it is not',
      hint: 'Put strings, numbers, booleans, null, arrays and plain objects into `meta`; read `cause` for what is in the way.',
      cause: error,
    });
  }
}
