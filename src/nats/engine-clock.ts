import { randomUUID } from 'node:crypto';

import type { NatsLine } from './nats-line.js';
import type { Names } from './names.js';
import { stored } from './store.js';
import { messageOf } from './stream-reader.js';

const AGAIN_MS = 60_000;
/** A measurement may lie in the place of another one. */
const PLACES = 64;

/** The server's clock: how far it is ahead is measured by what is stored. */
export class EngineClock {
  readonly #line: NatsLine;
  readonly #names: Names;
  #aheadMs = 0;
  #isMeasuring = false;

  constructor(line: NatsLine, names: Names) {
    this.#line = line;
    this.#names = names;
  }

  now(): number {
    return this.#line.clock.now() + this.#aheadMs;
  }

  /** Measures now and every minute. */
  start(): void {
    void this.#measure();
    this.#line.after(AGAIN_MS, () => this.start());
  }

  /** Measures once; of a server that stores nothing the former measurement counts. */
  async #measure(): Promise<void> {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    try {
      await this.measured();
    } catch {
      // The session is closed.
    } finally {
      this.#isMeasuring = false;
    }
  }

  async measured(): Promise<void> {
    const { clock } = this.#line;
    const [sentMs, sentWallMs] = [clock.monotonic(), clock.now()];
    const subject = this.#names.subject('clock', String(Math.floor(Math.random() * PLACES)));
    const result = await stored(this.#line, { subject, data: '', id: randomUUID() });
    const tookMs = clock.monotonic() - sentMs;
    const kept =
      typeof result === 'string' ? undefined : await messageOf(this.#line, this.#names.stream('DOC'), result.seq);
    // What took long says little, as when the server was away.
    if (kept !== undefined && tookMs < 2_000) this.#aheadMs = kept.storedMs - (sentWallMs + tookMs / 2);
  }
}
