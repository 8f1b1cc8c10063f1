import type { Subscription } from '../carrier/records.js';
import type { SessionCore } from './session-core.js';

interface Ear {
  readonly prefix: string;
  readonly on: (topic: string, body: string) => void;
}

/** What a session hears of casts. */
export class Ears {
  readonly #session: SessionCore;
  readonly #ears = new Set<Ear>();

  constructor(session: SessionCore) {
    this.#session = session;
  }

  add(prefix: string, on: (topic: string, body: string) => void): Subscription {
    const ear = { prefix, on };
    this.#ears.add(ear);
    return { close: () => void this.#ears.delete(ear) };
  }

  hear(topic: string, body: string): void {
    for (const ear of this.#ears) {
      if (!topic.startsWith(ear.prefix)) continue;
      this.#session.call(() => {
        if (this.#ears.has(ear)) ear.on(topic, body);
      });
    }
  }

  close(): void {
    this.#ears.clear();
  }
}
