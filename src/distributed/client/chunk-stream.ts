import type { CastChunk } from '../protocol/channels.js';

/** One stream of chunks of one arrival, as its reader knows it: puts them in order, and drops what comes twice (D19). */
export class ChunkStream {
  readonly from: string;
  readonly streamId: string;
  /** Which run of the arrival; a greater one is a run anew. */
  run: number;
  /** The next one that is to come. */
  next = 0;
  /** What the reader has taken. */
  taken = 0;
  /** What the sender was told that the reader has. */
  credited = 0;
  /** Those that came before their turn. */
  readonly #early = new Map<number, CastChunk>();
  #askedFor = -1;

  constructor({ from, streamId, run }: Pick<CastChunk, 'from' | 'streamId' | 'run'>) {
    this.from = from;
    this.streamId = streamId;
    this.run = run;
  }

  /** Whether one is missing that others have come after. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }

  /** Whether to ask for the one that is missing: once for each. */
  asksForGap(): boolean {
    if (this.#askedFor === this.next) return false;
    this.#askedFor = this.next;
    return true;
  }

  /** The arrival runs again: it sends everything anew. */
  restart(run: number): void {
    this.run = run;
    this.next = this.taken = this.credited = 0;
    this.#early.clear();
    this.#askedFor = -1;
  }

  /** Those whose turn it is now that this one has come; none for one that has come before, or before its turn. */
  add(chunk: CastChunk): readonly CastChunk[] {
    if (chunk.at < this.next) return [];
    this.#early.set(chunk.at, chunk);
    const inTurn: CastChunk[] = [];
    for (let next = this.#early.get(this.next); next !== undefined; next = this.#early.get(this.next)) {
      this.#early.delete(this.next);
      this.next++;
      inTurn.push(next);
    }
    return inTurn;
  }
}
