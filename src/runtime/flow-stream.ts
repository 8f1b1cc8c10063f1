import type { StreamChunk } from '../message/stream-chunk.js';
import type { StreamReader } from './stream-reader.js';

/**
 * What `flow.stream()` returns: the pieces of one trace as they come, then the final value as the iterator's return value.
 * Leaving the loop early cancels the trace.
 *
 * @typeParam Out - the payload that leaves the flow
 */
export class FlowStream<out Out> implements AsyncIterableIterator<StreamChunk | Out, Out | undefined> {
  /** The trace, to find its lines and events. */
  readonly traceId: string;
  /**
   * The final value, also for a `for await` loop, which cannot see it: undefined when the trace delivered pieces only.
   * Settles when the stream was read to its end.
   *
   * @throws FlowError the failure of the trace
   */
  readonly result: Promise<Out | undefined>;

  readonly #reader: Promise<StreamReader>;
  readonly #cancel: () => void;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #open = true;
  /** Settles with the last `next` that was asked for. */
  #asking: Promise<void> | undefined;

  /** @internal */
  constructor(traceId: string, reader: Promise<StreamReader>, cancel: () => void) {
    this.traceId = traceId;
    this.#reader = reader;
    this.#cancel = cancel;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve as (value: unknown) => void;
      this.#reject = reject;
    });
    // Whoever reads the loop hears of a failure there; `result` is for those who ask.
    this.result.catch(() => {});
    reader.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Calls before the last one has settled are answered in their order, as an async generator's are. */
  next(): Promise<IteratorResult<StreamChunk | Out, Out | undefined>> {
    const before = this.#asking;
    const step = before === undefined ? this.#next() : before.then(() => this.#next());
    const settled = (): void => {
      if (this.#asking === asking) this.#asking = undefined;
    };
    const asking: Promise<void> = step.then(settled, settled);
    this.#asking = asking;
    return step;
  }

  async #next(): Promise<IteratorResult<StreamChunk | Out, Out | undefined>> {
    if (!this.#open) return { done: true, value: undefined };
    try {
      const reader = await this.#reader;
      for (;;) {
        // It may have been left meanwhile.
        if (!this.#open) return { done: true, value: undefined };
        const step = reader.take();
        if (step?.kind === 'piece') return { done: false, value: step.payload as StreamChunk | Out };
        if (step?.kind === 'failed') throw step.error;
        if (step?.kind === 'end') {
          this.#open = false;
          this.#resolve(step.payload);
          return { done: true, value: step.payload as Out | undefined };
        }
        await reader.changed();
      }
    } catch (error) {
      this.#open = false;
      this.#reject(error);
      throw error;
    }
  }

  /** Leaves the stream: its trace is cancelled. */
  return(value?: unknown): Promise<IteratorReturnResult<Out | undefined>> {
    if (this.#open) {
      this.#open = false;
      this.#cancel();
      this.#resolve(value);
    }
    return Promise.resolve({ done: true, value: value as Out | undefined });
  }
}
