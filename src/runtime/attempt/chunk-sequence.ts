import { invalidOption, isRecord, rejectUnknownOptions } from '../../errors/option-error.js';
import { StreamChunk } from '../../message/stream-chunk.js';
import type { ChunkOptions } from '../../ports/node-context.js';
import type { TraceRecord } from '../trace/trace-record.js';

const CHUNK_OPTIONS: readonly (keyof ChunkOptions)[] = ['streamId', 'done', 'meta', 'to'];

/**
 * @param nodeName - the one that emits, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkChunk(text: string, options: ChunkOptions, nodeName: string): void {
  if (!hasKnownOptionsOnly(options)) rejectUnknownOptions(options, CHUNK_OPTIONS, ownerOf(nodeName));
  checkChunkParts(text, options, ownerOf(nodeName));
}

/**
 * The part of the check that is the same for chunks from outside.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkChunkParts(text: string, { streamId, meta }: ChunkOptions, owner: string): void {
  if (typeof text !== 'string') throw invalidOption('text', owner, 'a string', text);
  if (meta !== undefined && !isRecord(meta)) throw invalidOption('meta', owner, 'a plain object', meta);
  if (streamId !== undefined && (typeof streamId !== 'string' || streamId === '')) {
    throw invalidOption('streamId', owner, 'a non-empty string', streamId);
  }
}

/** Whether nearly every chunk is like this one: of the trace's own stream and for its consumer, with nothing to complain of. */
export function isPlainChunk(text: string, options: ChunkOptions): boolean {
  if (typeof text !== 'string' || !hasKnownOptionsOnly(options)) return false;
  if (options.to !== undefined || options.streamId !== undefined) return false;
  return options.meta === undefined || isRecord(options.meta);
}

/** Without a list of the keys, which costs more than the rest of a chunk; whatever fails it goes through the full check. */
function hasKnownOptionsOnly(options: ChunkOptions): boolean {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false;
  for (const key in options) {
    if (key !== 'done' && key !== 'streamId' && key !== 'meta' && key !== 'to') return false;
  }
  return true;
}

function ownerOf(nodeName: string): string {
  return `emitChunk() of node "${nodeName}"`;
}

/**
 * The next chunk of a stream. The trace counts, so that chunks from several nodes or attempts into one stream are numbered
 * without a gap; `done` ends the stream, and the number starts over.
 */
export function nextChunk(trace: TraceRecord, text: string, options: ChunkOptions): StreamChunk {
  const { streamId = trace.id, done = false, meta } = options;
  if (streamId === trace.id) {
    const seq = trace.chunks;
    trace.chunks = done ? 0 : seq + 1;
    return new StreamChunk(streamId, seq, text, done, meta);
  }
  const streams = (trace.streams ??= new Map<string, number>());
  const seq = streams.get(streamId) ?? 0;
  if (done) streams.delete(streamId);
  else streams.set(streamId, seq + 1);
  return new StreamChunk(streamId, seq, text, done, meta);
}
