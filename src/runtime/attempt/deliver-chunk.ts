import { StreamChunk } from '../../message/stream-chunk.js';
import type { ChunkOptions } from '../../ports/node-context.js';
import type { Envelope } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import { isPlainChunk } from './chunk-sequence.js';

/**
 * Gives a chunk of the trace's own stream straight to the reader of the trace; undefined when it has to take the full way
 * of `ctx.emitChunk`, for whatever reason.
 *
 * Chunks come by the thousand, and this is how nearly all of them go: where there is room and nobody but the reader to tell,
 * no node can get a turn by it. Small: docs/performance.md, "sizes".
 */
export function deliverChunkFast(
  { egress, runQueue }: FlowCore,
  envelope: Envelope,
  text: string,
  options: ChunkOptions,
): Promise<StreamChunk> | undefined {
  const { trace } = envelope;
  const reader = egress.streamOf(trace);
  if (reader === undefined || !isPlainChunk(text, options)) return undefined;
  const chunk = new StreamChunk(trace.id, trace.chunks, text, options.done, options.meta);
  if (!reader.put(chunk, envelope)) return undefined;
  // Read right before the promise is made: docs/performance.md, "then".
  const { seq, done } = chunk;
  const answer = Promise.resolve(chunk);
  trace.chunks = done ? 0 : seq + 1;
  runQueue.tick();
  return runQueue.paused ? runQueue.answerLater(chunk) : answer;
}
