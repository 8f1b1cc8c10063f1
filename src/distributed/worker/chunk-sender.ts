import type { Clock, ClockTimer, StreamChunk } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { Subscription } from '../carrier/records.js';
import {
  CHUNK_WINDOW,
  chunkTopic,
  creditTopic,
  READER_GONE_MS,
  type CastChunk,
  type CastCredit,
} from '../protocol/channels.js';

/** One stream of an arrival. */
class SentStream {
  /** The last ones, to be sent again: from `credited` on. */
  kept: CastChunk[] = [];
  /** Chunks that were sent, and those of them that the reader has. */
  sent = 0;
  credited = 0;

  get isDone(): boolean {
    return this.credited === this.sent;
  }
}

/** Where the chunks of an arrival go. */
interface ChunkPlace {
  readonly session: CarrierSession;
  readonly clock: Clock;
  readonly root: string;
  readonly arrival: string;
  readonly encodeMeta: (meta: Readonly<Record<string, unknown>>) => string;
  /** There is room again. */
  readonly onRoom: () => void;
}

/** Casts the chunks of an arrival to the reader of its root, no more than that has credit for, and again what got lost (D19). */
export class ChunkSender {
  readonly #place: ChunkPlace;
  /** Tells the chunks of this run of the arrival from those of others; a greater one is of a later run. */
  readonly run: number;
  readonly #streams = new Map<string, SentStream>();
  readonly #credits: Subscription;
  #isGone = false;
  #isHeldUp = false;
  #silence: ClockTimer | undefined;
  #onDone: (() => void) | undefined;

  constructor(place: ChunkPlace) {
    this.#place = place;
    this.run = place.session.now();
    this.#credits = place.session.hear(creditTopic(place.root), (_, body) =>
      this.#credit(JSON.parse(body) as CastCredit),
    );
  }

  /** False while the reader has no room; a reader that is gone has all the room there is. */
  send(chunk: StreamChunk): boolean {
    if (this.#isGone) return true;
    const { streamId, seq, text, done, meta } = chunk;
    const stream = this.#streamOf(streamId);
    if (stream.sent - stream.credited >= CHUNK_WINDOW) {
      this.#isHeldUp = true;
      return false;
    }
    const { arrival, encodeMeta } = this.#place;
    const cast: CastChunk = {
      from: arrival,
      run: this.run,
      streamId,
      at: stream.sent++,
      seq,
      text,
      done,
      ...(Object.keys(meta).length === 0 ? undefined : { meta: encodeMeta(meta) }),
    };
    stream.kept.push(cast);
    this.#cast(cast);
    this.#silence ??= this.#listen();
    return true;
  }

  /** Chunks by stream, for the result that follows them; undefined where there are none. */
  counts(): Readonly<Record<string, number>> | undefined {
    if (this.#streams.size === 0) return undefined;
    return Object.fromEntries([...this.#streams].map(([streamId, { sent }]) => [streamId, sent]));
  }

  /** Resolves when the reader has all of them, or is gone. */
  async settled(): Promise<void> {
    if (!this.#isDone) {
      await new Promise<void>((resolve) => {
        this.#onDone = resolve;
      });
    }
    this.close();
  }

  close(): void {
    this.#silence?.cancel();
    this.#credits.close();
  }

  get #isDone(): boolean {
    return this.#isGone || [...this.#streams.values()].every(({ isDone }) => isDone);
  }

  #streamOf(streamId: string): SentStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) this.#streams.set(streamId, (stream = new SentStream()));
    return stream;
  }

  #credit({ from, run, streamId, at, again }: CastCredit): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || from !== this.#place.arrival || run !== this.run) return;
    this.#silence?.cancel();
    this.#silence = this.#listen();
    if (at > stream.credited && at <= stream.sent) {
      stream.kept.splice(0, at - stream.credited);
      stream.credited = at;
    }
    if (again) for (const chunk of stream.kept) this.#cast(chunk);
    this.#goOn();
  }

  #listen(): ClockTimer {
    return this.#place.clock.setTimer(() => {
      if (this.#isDone) {
        this.#silence = undefined;
        return;
      }
      this.#isGone = true;
      this.#goOn();
    }, READER_GONE_MS);
  }

  #goOn(): void {
    if (this.#isHeldUp) {
      this.#isHeldUp = false;
      this.#place.onRoom();
    }
    if (this.#isDone) this.#onDone?.();
  }

  #cast(chunk: CastChunk): void {
    this.#place.session.cast(chunkTopic(this.#place.root), JSON.stringify(chunk));
  }
}
