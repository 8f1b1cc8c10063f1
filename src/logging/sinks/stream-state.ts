import type { Writable } from 'node:stream';

/** What winston's streams (readable-stream 3) only tell through their state object. */
interface OlderState {
  readonly objectMode: boolean;
  readonly ending: boolean;
  readonly finished: boolean;
}

/** Whether the stream takes objects. */
export function isObjectMode(stream: Writable): boolean {
  return stream.writableObjectMode ?? older(stream)?.objectMode ?? false;
}

/** Whether `end()` was called. */
export function isEnded(stream: Writable): boolean {
  return stream.writableEnded ?? older(stream)?.ending ?? false;
}

/** Whether everything was written after `end()`. */
export function isFinished(stream: Writable): boolean {
  return stream.writableFinished ?? older(stream)?.finished ?? false;
}

function older(stream: Writable): OlderState | undefined {
  return (stream as unknown as { readonly _writableState?: OlderState })._writableState;
}
