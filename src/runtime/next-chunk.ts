import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { StreamChunk } from '../message/stream-chunk.js';
import type { ChunkOptions } from '../ports/node-context.js';
import type { TraceRecord } from './trace-record.js';

const CHUNK_OPTIONS: readonly (keyof ChunkOptions)[] = ['streamId', 'done', 'meta', 'to'];

/**
 * @param owner - `emitChunk() of node "Write"`, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkChunk(text: string, options: ChunkOptions, owner: string): void {
  rejectUnknownOptions(options, CHUNK_OPTIONS, owner);
  if (typeof text !== 'string') throw invalidOption('text', owner, 'a string', text);
  const { streamId } = options;
  if (streamId !== undefined && (typeof streamId !== 'string' || streamId === '')) {
    throw invalidOption('streamId', owner, 'a non-empty string', streamId);
  }
}

/**
 * The next chunk of a stream. The trace counts, so that chunks from several nodes or attempts into one stream are numbered
 * without a gap; `done` ends the stream, and the number starts over.
 */
export function nextChunk(trace: TraceRecord, text: string, options: ChunkOptions): StreamChunk {
  const { streamId = trace.id, done = false, meta } = options;
  const streams = (trace.streams ??= new Map<string, number>());
  const seq = streams.get(streamId) ?? 0;
  if (done) streams.delete(streamId);
  else streams.set(streamId, seq + 1);
  return new StreamChunk(streamId, seq, text, done, meta);
}
