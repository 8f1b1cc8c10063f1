import type { StreamChunk } from '../../message/stream-chunk.js';

/**
 * What `flow.stream()` returns: the pieces of one trace as they come, then the final value as the iterator's return value.
 *
 * Chunks and what async generators yield are pieces; the first result that is none is the final value. A trace may deliver pieces
 * only: then the final value is `undefined`.
 *
 * @typeParam Out - the payload that leaves the flow
 */
export interface FlowStream<out Out> extends AsyncIterator<StreamChunk | Out, Out | undefined> {
  /** The trace, to find its lines and events. */
  readonly traceId: string;
  /**
   * The final value, also for a `for await` loop, which cannot see it: undefined when the trace delivered pieces only, or was
   * left early. It settles when the pieces were read, or earlier with a failure: somebody has to read them where there are any.
   *
   * @throws FlowError the failure of the trace
   */
  readonly result: Promise<Out | undefined>;
  [Symbol.asyncIterator](): this;
  /**
   * The next piece. Calls before the last one has settled are answered in their order, as an async generator's are.
   *
   * @throws FlowError the failure of the trace
   */
  next(): Promise<IteratorResult<StreamChunk | Out, Out | undefined>>;
  /** Leaves the stream: its trace is cancelled, and `value` is its final value. */
  return(value?: Out | PromiseLike<Out>): Promise<IteratorResult<StreamChunk | Out, Out | undefined>>;
}
