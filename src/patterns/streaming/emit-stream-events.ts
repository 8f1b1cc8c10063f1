import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import type { NodeContext, NodeRef } from '../../ports/node-context.js';
import { untilAborted } from './until-aborted.js';

/** What an event of a source becomes. */
export interface StreamPiece {
  readonly text: string;
  /** Whether it is the last of its stream. @defaultValue false */
  readonly done?: boolean;
  /** @defaultValue `{}` */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Options of {@link emitStreamEvents}. */
export interface StreamEventOptions<T> {
  /** Reads an event: its text, or a piece; null for an event that has none. @defaultValue `String` */
  readonly adapter?: (event: T) => string | StreamPiece | null | undefined;
  /** Which stream the chunks belong to. @defaultValue the trace id */
  readonly streamId?: string;
  /** Successors that get the chunks instead of the trace's consumer. */
  readonly to?: NodeRef | readonly NodeRef[];
  /** Meta of the empty last chunk that closes a stream whose source did not say that it was done. @defaultValue `{}` */
  readonly finalMeta?: Readonly<Record<string, unknown>>;
}

const OWNER = 'emitStreamEvents()';
const OPTIONS = ['adapter', 'streamId', 'to', 'finalMeta'] as const;

/**
 * Streams what a source gives (a model's tokens, a response's body, lines of a file) as chunks, each when there is room for
 * it. When the source ends, an empty chunk with `done` closes the stream, unless the last one had it. When the attempt ends,
 * the source is closed.
 *
 * @returns the texts of all chunks, joined
 * @throws what the source throws; FlowError `ATTEMPT_ENDED`, `TRACE_CANCELLED`, `UNKNOWN_TARGET`, `INVALID_OPTION`
 * @example
 * ```ts
 * async process(question: Question, ctx: NodeContext): Promise<Answer> {
 *   const tokens = this.model.stream(question.text, { signal: ctx.signal });
 *   return new Answer(await emitStreamEvents(tokens, ctx, { adapter: (event) => event.delta }));
 * }
 * ```
 */
export async function emitStreamEvents<T>(
  source: AsyncIterable<T> | Iterable<T>,
  ctx: NodeContext,
  options: StreamEventOptions<T> = {},
): Promise<string> {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { adapter = String, finalMeta = {}, streamId, to } = options;
  if (typeof adapter !== 'function') throw invalidOption('adapter', OWNER, 'a function', adapter);
  const target = { ...(streamId === undefined ? {} : { streamId }), ...(to === undefined ? {} : { to }) };
  let text = '';
  let isOpen = true;
  for await (const event of untilAborted(iteratorOf(source), ctx.signal)) {
    const piece = pieceOf(adapter(event));
    if (piece === undefined) continue;
    text += piece.text;
    isOpen = piece.done !== true;
    await ctx.emitChunk(piece.text, { ...target, done: !isOpen, meta: piece.meta ?? {} });
  }
  if (isOpen) await ctx.emitChunk('', { ...target, done: true, meta: finalMeta });
  return text;
}

function pieceOf(given: string | StreamPiece | null | undefined): StreamPiece | undefined {
  if (given === null || given === undefined) return undefined;
  const piece = typeof given === 'string' ? { text: given } : given;
  if (typeof piece.text === 'string') return piece;
  const hint = 'Return a string, `{ text, done, meta }`, or null for an event without text.';
  throw invalidOption('adapter', OWNER, 'a function that gives text', given, hint);
}

function iteratorOf<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  const given: unknown = source;
  if (given !== null && given !== undefined) {
    const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = source as AsyncIterable<T> & Iterable<T>;
    if (typeof async === 'function') return async.call(source);
    if (typeof sync === 'function') return sync.call(source);
  }
  throw invalidOption('source', OWNER, 'iterable', source);
}
