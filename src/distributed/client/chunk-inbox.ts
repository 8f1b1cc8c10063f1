import { StreamChunk, type Clock, type ClockTimer } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { Subscription } from '../carrier/records.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import type { ResultAnswer } from '../protocol/answer.js';
import { CHUNK_WINDOW, chunkTopic, creditTopic, type CastChunk, type CastCredit } from '../protocol/channels.js';
import { ChunkStream } from './chunk-stream.js';
import type { RootStream } from './root-stream.js';

/** What an inbox needs of its client. */
export interface InboxPlace {
  readonly session: CarrierSession;
  readonly clock: Clock;
  readonly codec: PayloadCodec;
  readonly root: string;
}

/** Where chunks are put for the reader. */
type Target = Pick<RootStream<unknown>, 'push' | 'waiting'>;

/** So many are taken until the sender is told at once; what is less waits for a moment. */
const CREDIT_STEP = CHUNK_WINDOW / 4;
const CREDIT_DELAY_MS = 20;

/** The chunks of a root: hears them, gives them to its stream in order, and gives credit for what the reader takes (D19). */
export class ChunkInbox {
  readonly #place: InboxPlace;
  readonly #stream: Target;
  readonly #onMore: () => void;
  readonly #hearing: Subscription;
  readonly #streams = new Map<string, ChunkStream>();
  /** The number of the next chunk of each stream id, as the reader counts them, and who has sent some. */
  readonly #numbers = new Map<string, { next: number; readonly from: Set<string> }>();
  /** Whose sender is to hear what the reader has. */
  readonly #owed = new Set<ChunkStream>();
  #creditTimer: ClockTimer | undefined;

  /** @param onMore - told when chunks have come */
  constructor(place: InboxPlace, stream: Target, onMore: () => void) {
    this.#place = place;
    this.#stream = stream;
    this.#onMore = onMore;
    this.#hearing = place.session.hear(chunkTopic(place.root), (topic, body) => {
      if (topic === chunkTopic(place.root)) this.#hear(JSON.parse(body) as CastChunk);
    });
  }

  /** Whether all chunks that were sent before a result are here; those of a run that has begun anew since do not count. */
  hasAllBefore({ chunks = {}, from, run }: ResultAnswer): boolean {
    return Object.entries(chunks).every(([streamId, count]) => {
      const known = [...this.#streams.values()].filter(
        (each) => each.streamId === streamId && (from === undefined || each.from === from),
      );
      return count === 0 || known.some((each) => each.next >= count || (run !== undefined && each.run > run));
    });
  }

  /** Asks once more for what a result says was sent and has not come. */
  askBefore({ chunks = {}, from, run }: ResultAnswer): void {
    for (const streamId of Object.keys(chunks)) {
      const known = [...this.#streams.values()].filter((each) => each.streamId === streamId);
      for (const each of known) this.#credit(each, true);
      if (known.length > 0 || from === undefined || run === undefined) continue;
      this.#cast({ from, run, streamId, at: 0, again: true });
    }
  }

  /** Says that somebody is here who reads, and asks for what may have got lost. */
  remind(): void {
    for (const each of this.#streams.values()) this.#credit(each, each.hasGap || this.#stream.waiting === 0);
  }

  /** Hears no more. What came is here, so its senders need not keep it. */
  close(): void {
    this.#hearing.close();
    this.#creditTimer?.cancel();
    for (const each of this.#streams.values()) {
      each.taken = each.next;
      this.#credit(each, false);
    }
  }

  #hear(chunk: CastChunk): void {
    const stream = this.#streamOf(chunk);
    if (chunk.run < stream.run) return;
    if (chunk.run > stream.run) this.#restart(stream, chunk.run);
    const isLate = chunk.at < stream.next;
    const inTurn = stream.add(chunk);
    for (const each of inTurn) this.#push(stream, each);
    if (inTurn.length > 0) this.#onMore();
    // The sender has not heard that it is here.
    else if (isLate) this.#creditSoon(stream);
    else if (stream.asksForGap()) this.#credit(stream, true);
  }

  #push(stream: ChunkStream, { streamId, text, done, meta, run }: CastChunk): void {
    const { codec } = this.#place;
    const numbers = this.#numbersOf(streamId);
    numbers.from.add(stream.from);
    const facts = meta === undefined ? undefined : (codec.decode(meta) as Readonly<Record<string, unknown>>);
    const chunk = new StreamChunk(streamId, numbers.next++, text, done, facts);
    this.#stream.push(chunk, () => {
      if (stream.run === run) this.#taken(stream);
    });
  }

  #restart(stream: ChunkStream, run: number): void {
    const { streamId } = stream;
    const hadSome = stream.next > 0;
    stream.restart(run);
    if (!hadSome) return;
    const numbers = this.#numbersOf(streamId);
    if (numbers.from.size === 1) numbers.next = 0;
    this.#stream.push(Object.freeze({ restarted: true, streamId }), () => {});
  }

  #taken(stream: ChunkStream): void {
    stream.taken++;
    if (stream.taken - stream.credited >= CREDIT_STEP) this.#credit(stream, false);
    else this.#creditSoon(stream);
  }

  #creditSoon(stream: ChunkStream): void {
    this.#owed.add(stream);
    this.#creditTimer ??= this.#place.clock.setTimer(() => {
      this.#creditTimer = undefined;
      for (const each of this.#owed) this.#credit(each, false);
    }, CREDIT_DELAY_MS);
  }

  #credit(stream: ChunkStream, again: boolean): void {
    const { from, run, streamId, taken } = stream;
    stream.credited = taken;
    this.#owed.delete(stream);
    this.#cast({ from, run, streamId, at: taken, ...(again ? { again } : undefined) });
  }

  #cast(credit: CastCredit): void {
    this.#place.session.cast(creditTopic(this.#place.root), JSON.stringify(credit));
  }

  #streamOf(chunk: CastChunk): ChunkStream {
    const key = JSON.stringify([chunk.from, chunk.streamId]);
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = new ChunkStream(chunk);
      this.#streams.set(key, stream);
    }
    return stream;
  }

  #numbersOf(streamId: string): { next: number; readonly from: Set<string> } {
    let numbers = this.#numbers.get(streamId);
    if (numbers === undefined) {
      numbers = { next: 0, from: new Set() };
      this.#numbers.set(streamId, numbers);
    }
    return numbers;
  }
}
