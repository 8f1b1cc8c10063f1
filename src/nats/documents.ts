import { randomUUID } from 'node:crypto';

import type { StoredDocument } from '../distributed/index.js';
import type { EngineClock } from './engine-clock.js';
import type { NatsLine } from './nats-line.js';
import { decoded, encoded, encodedPrefix, type Names } from './names.js';
import { stored } from './store.js';
import { allOf, lastOf, type Kept } from './stream-reader.js';

const GONE = 'gone';

/** Documents: the last message of a subject is the document, unless it says that it is gone or its time is over. */
export class Documents {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #clock: EngineClock;
  readonly #stream: string;
  readonly #prefix: string;

  constructor(line: NatsLine, names: Names, clock: EngineClock) {
    this.#line = line;
    this.#names = names;
    this.#clock = clock;
    this.#stream = names.stream('DOC');
    this.#prefix = names.subject('doc', '');
  }

  async read(key: string): Promise<StoredDocument | undefined> {
    return this.#documentOf(await this.#last(key));
  }

  async write(key: string, body: string, rev: number, ttlS?: number): Promise<boolean> {
    const last = await this.#last(key);
    if ((this.#documentOf(last)?.rev ?? 0) !== rev) return false;
    return this.#store(key, body, last, ttlS === undefined ? undefined : String(ttlS * 1_000));
  }

  async delete(key: string, rev: number): Promise<boolean> {
    const last = await this.#last(key);
    return this.#documentOf(last)?.rev === rev && this.#store(key, '', last, GONE);
  }

  async list(prefix: string): Promise<readonly StoredDocument[]> {
    const found: StoredDocument[] = [];
    const subject = this.#names.subject('doc', encodedPrefix(prefix));
    for await (const kept of allOf(this.#line, this.#stream, subject)) {
      const document = this.#documentOf(kept);
      if (document?.key.startsWith(prefix) === true) found.push(document);
    }
    return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #last(key: string): Promise<Kept | undefined> {
    return lastOf(this.#line, this.#stream, this.#prefix + encoded(key));
  }

  async #store(key: string, body: string, last: Kept | undefined, until: string | undefined): Promise<boolean> {
    const result = await stored(this.#line, {
      subject: this.#prefix + encoded(key),
      data: body,
      // Sent twice, it is written once.
      id: randomUUID(),
      after: last?.seq ?? 0,
      ...(until === undefined ? undefined : { facts: { Pf: until } }),
    });
    return typeof result !== 'string';
  }

  #documentOf(kept: Kept | undefined): StoredDocument | undefined {
    if (kept === undefined) return undefined;
    const until = kept.header('Pf');
    if (until === GONE) return undefined;
    if (until !== undefined && kept.storedMs + Number(until) <= this.#clock.now()) return undefined;
    return { key: decoded(kept.subject.slice(this.#prefix.length)), body: kept.data.toString(), rev: kept.seq };
  }
}
