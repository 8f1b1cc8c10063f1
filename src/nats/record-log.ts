import type { RecordTopic, StoredRecord, Subscription } from '../distributed/index.js';
import type { EngineClock } from './engine-clock.js';
import type { NatsLine } from './nats-line.js';
import { decoded, encoded, encodedPrefix, escaped, type Names } from './names.js';
import { stored } from './store.js';
import { allOf, nextOf, type Kept } from './stream-reader.js';
import { streamInfo } from './streams.js';

/** A record is heard of before it is stored: so it is looked for several times, and now and then without being heard of. */
const LOOKS_MS = [2, 5, 15, 50, 200, 1_000];
const ANYWAY_MS = 5_000;

/** Records: messages in two streams, which are read in their order. */
export class RecordLog {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #clock: EngineClock;
  readonly #readers = new Set<RecordReader>();

  constructor(line: NatsLine, names: Names, clock: EngineClock) {
    this.#line = line;
    this.#names = names;
    this.#clock = clock;
  }

  async write(topic: RecordTopic, key: string, id: string, body: string, ttlS: number): Promise<void> {
    await stored(this.#line, {
      subject: this.#names.subject(topic, encoded(key)),
      data: body,
      id: `${escaped(key)}|${escaped(id)}`,
      facts: { Pf: String(ttlS * 1_000) },
    });
  }

  async of(topic: RecordTopic, key: string): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    for await (const kept of allOf(this.#line, this.streamOf(topic), this.#names.subject(topic, encoded(key)))) {
      const record = this.recordOf(topic, kept);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  listen(topic: RecordTopic, prefix: string, from: 'start' | 'now', on: (record: StoredRecord) => void): Subscription {
    const reader = new RecordReader(
      this,
      this.#line,
      topic,
      this.#names.subject(topic, encodedPrefix(prefix)),
      from,
      (kept) => {
        const record = this.recordOf(topic, kept);
        if (record?.key.startsWith(prefix) === true) on(record);
      },
    );
    this.#readers.add(reader);
    return {
      close: () => {
        reader.close();
        this.#readers.delete(reader);
      },
    };
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }

  streamOf(topic: RecordTopic): string {
    return this.#names.stream(topic === 'answers' ? 'R' : 'X');
  }

  /** Undefined when its time is over. */
  recordOf(topic: RecordTopic, kept: Kept): StoredRecord | undefined {
    if (kept.storedMs + Number(kept.header('Pf') ?? 0) <= this.#clock.now()) return undefined;
    const key = decoded(kept.subject.slice(this.#names.subject(topic, '').length));
    const [, id = ''] = (kept.header('Nats-Msg-Id') ?? '').split('|');
    return { key, id: decoded(id), body: kept.data.toString(), storedMs: kept.storedMs };
  }
}

/** Reads one after the other what a stream has of some subjects. */
class RecordReader {
  readonly #line: NatsLine;
  readonly #stream: string;
  readonly #subject: string;
  readonly #on: (kept: Kept) => void;
  readonly #ends: (() => void)[];
  #nextSeq: number | undefined;
  #isReading = false;
  #isOver = false;
  #looks = 0;
  #wakes = 0;

  constructor(
    log: RecordLog,
    line: NatsLine,
    topic: RecordTopic,
    subject: string,
    from: 'start' | 'now',
    on: (kept: Kept) => void,
  ) {
    this.#line = line;
    this.#stream = log.streamOf(topic);
    this.#subject = subject;
    this.#on = on;
    this.#nextSeq = from === 'start' ? 1 : undefined;
    const subscription = line.connection.subscribe(subject, { callback: () => this.#wake() });
    this.#ends = [() => subscription.unsubscribe(), line.onUp(() => this.#wake())];
    this.#wake();
    this.#lookAnyway();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const end of this.#ends) end();
  }

  #wake(): void {
    this.#wakes += 1;
    this.#looks = 0;
    if (!this.#isReading) void this.#read();
  }

  #lookAnyway(): void {
    this.#line.after(ANYWAY_MS, () => {
      if (this.#isOver) return;
      this.#wake();
      this.#lookAnyway();
    });
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      this.#nextSeq ??= ((await streamInfo(this.#line, this.#stream))?.state.last_seq ?? 0) + 1;
      while (!this.#isOver) {
        const wakes = this.#wakes;
        const kept = await nextOf(this.#line, this.#stream, this.#subject, this.#nextSeq);
        if (kept === undefined) {
          if (wakes !== this.#wakes) continue;
          break;
        }
        this.#nextSeq = kept.seq + 1;
        // Whoever listens may have closed it meanwhile.
        if (!this.#isClosed) this.#on(kept);
      }
    } catch {
      // The session is closed.
    }
    this.#isReading = false;
    this.#lookAgain();
  }

  get #isClosed(): boolean {
    return this.#isOver;
  }

  #lookAgain(): void {
    const delayMs = LOOKS_MS[this.#looks];
    this.#looks += 1;
    if (delayMs === undefined || this.#isOver || this.#line.isClosed) return;
    this.#line.after(delayMs, () => {
      if (!this.#isReading) void this.#read();
    });
  }
}
