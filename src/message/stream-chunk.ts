import { NO_META } from './headers.js';

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
}
