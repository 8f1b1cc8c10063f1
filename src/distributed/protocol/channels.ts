/** Chunks of a root are cast here, by whoever sends them (D19). */
export function chunkTopic(root: string): string {
  return `chunks ${root}`;
}

/** Credits for them are cast here, by whoever reads them. */
export function creditTopic(root: string): string {
  return `credits ${root}`;
}

/** A chunk on its way. */
export interface CastChunk {
  /** The arrival that sends it: one that runs again sends them anew, from 0. */
  readonly from: string;
  /** How often that arrival has begun, as far as its process knows: a greater one is a run anew. */
  readonly run: number;
  readonly streamId: string;
  /** Counts those of the arrival and stream, from 0. */
  readonly at: number;
  readonly seq: number;
  readonly text: string;
  readonly done: boolean;
  /** Tagged JSON; undefined where there is none. */
  readonly meta?: string;
}

/** A reader has everything before `at`, and takes `window` more; `missing`: from there on it has to come again. */
export interface CastCredit {
  readonly from: string;
  readonly run: number;
  readonly streamId: string;
  readonly at: number;
  readonly again?: true;
}

/** So many chunks are on their way at most, and kept to be sent again. */
export const CHUNK_WINDOW = 64;

/** A reader that gives no credit for so long is gone, in milliseconds. */
export const READER_GONE_MS = 10_000;
