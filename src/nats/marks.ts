import { randomUUID } from 'node:crypto';

import type { NatsLine } from './nats-line.js';
import { token, type Names } from './names.js';
import { stored } from './store.js';
import { lastOf } from './stream-reader.js';

/** What is known of a message beside the server's own count of deliveries. */
export interface Mark {
  /** How often it was handed back; the server counts these as deliveries. */
  readonly handedBack: number;
  /** Starts that were counted and have no end. */
  readonly starts: number;
  readonly resumeAttempt: number;
  /** The sequence of the mark; 0 when there is none. */
  readonly rev: number;
}

export const NO_MARK: Mark = Object.freeze({ handedBack: 0, starts: 0, resumeAttempt: 0, rev: 0 });

interface Written extends Omit<Mark, 'rev'> {
  readonly storedMs: number;
}

/** Marks of the messages of a flow. Whoever holds a message writes its mark, if nobody has since: so it is known who holds it. */
export class Marks {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #flow: string;

  constructor(line: NatsLine, names: Names, flow: string) {
    this.#line = line;
    this.#names = names;
    this.#flow = token(flow);
  }

  async read(seq: number, storedMs: number): Promise<Mark> {
    const kept = await lastOf(this.#line, this.#names.stream('M'), this.#subject(seq));
    if (kept === undefined) return NO_MARK;
    const written = JSON.parse(kept.data.toString()) as Written;
    // That of a message of a former stream, which was taken away by hand.
    if (written.storedMs !== storedMs) return { ...NO_MARK, rev: kept.seq };
    const { handedBack, starts, resumeAttempt } = written;
    return { handedBack, starts, resumeAttempt, rev: kept.seq };
  }

  /** @returns undefined when somebody else has written it */
  async write(seq: number, storedMs: number, mark: Mark): Promise<Mark | undefined> {
    const { handedBack, starts, resumeAttempt } = mark;
    const result = await stored(this.#line, {
      subject: this.#subject(seq),
      data: JSON.stringify({ handedBack, starts, resumeAttempt, storedMs } satisfies Written),
      id: randomUUID(),
      after: mark.rev,
    });
    return typeof result === 'string' ? undefined : { handedBack, starts, resumeAttempt, rev: result.seq };
  }

  #subject(seq: number): string {
    return this.#names.subject('mark', this.#flow, String(seq));
  }
}
