import { isInstance } from '../errors/marker.js';
import { NO_META } from './headers.js';

const IS_STREAM_CHUNK: unique symbol = Symbol.for('penguiflow:stream-chunk') as never;

/**
 * One piece of a streamed answer, made by `ctx.emitChunk`.
 *
 * @example
 * ```ts
 * for await (const piece of flow.stream(question)) if (piece instanceof StreamChunk) process.stdout.write(piece.text);
 * ```
 */
export class StreamChunk {
  constructor(
    /** Which stream it belongs to; the trace id unless the node chose another. */
    readonly streamId: string,
    /** Position in the stream, from 0, without gaps. */
    readonly seq: number,
    readonly text: string,
    /** Whether this is the last chunk of the stream. */
    readonly done: boolean = false,
    readonly meta: Readonly<Record<string, unknown>> = NO_META,
  ) {}

  /** Of the class and not of each chunk, of which there are many. */
  get [IS_STREAM_CHUNK](): true {
    return true;
  }

  /** Tells whether a value is one, also across two installed copies of the package. */
  static is(value: unknown): value is StreamChunk {
    return typeof value === 'object' && value !== null && IS_STREAM_CHUNK in value;
  }

  /** As {@link StreamChunk.is}, for this class itself. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, StreamChunk);
  }
}
