import { Buffer } from 'node:buffer';

import { invalidOption } from '../distributed/option-check.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../distributed/index.js';
import type { Held } from './held.js';
import type { NatsLine } from './nats-line.js';
import { decoded, escaped, token, type Names } from './names.js';
import { stored } from './store.js';
import { allOf, messageOf, type Kept } from './stream-reader.js';
import { streamInfo } from './streams.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** The longest reason that fits beside the largest message. */
const REASON_BYTES = 48 * 1_024;

/** The dead letters of a flow, in a stream that all flows share. */
export class DeadLetterStream implements DeadLetters {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #flow: string;
  readonly #stream: string;

  constructor(line: NatsLine, names: Names, flow: string) {
    this.#line = line;
    this.#names = names;
    this.#flow = flow;
    this.#stream = names.stream('D');
  }

  async add({ delivery, arrival }: Held, reason: string): Promise<void> {
    const { id, queue, head, body } = delivery;
    await stored(this.#line, {
      subject: this.#subject(queue),
      data: head + body + shortened(reason),
      // Settled again it is the same one.
      id: `${token(this.#flow)}-${arrival.seq}-${arrival.storedMs}`,
      facts: {
        Pf: `${Buffer.byteLength(head)} ${Buffer.byteLength(body)}`,
        'Pf-Id': escaped(id),
        'Pf-Queue': escaped(queue),
      },
    });
  }

  async list({ queue, after = '0', limit = DEFAULT_LIMIT }: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    const from = Number(after);
    if (!Number.isInteger(from)) throw invalidOption('after', 'dead.list()', 'the id of a dead letter', after);
    if (!(limit >= 1)) throw invalidOption('limit', 'dead.list()', '>= 1', limit);
    const letters: DeadLetter[] = [];
    for await (const kept of allOf(this.#line, this.#stream, this.#subject(queue), from + 1)) {
      letters.push(letterOf(kept));
      if (letters.length >= Math.min(limit, MAX_LIMIT)) break;
    }
    return letters;
  }

  async read(id: string): Promise<DeadLetter | undefined> {
    const kept = await this.#find(id);
    return kept === undefined ? undefined : letterOf(kept);
  }

  async discard(ids: readonly string[]): Promise<number> {
    let discarded = 0;
    for (const id of new Set(ids)) {
      if ((await this.#find(id)) === undefined) continue;
      const { error } = await this.#line.api(`STREAM.MSG.DELETE.${this.#stream}`, { seq: Number(id), no_erase: true });
      if (error === undefined) discarded += 1;
    }
    return discarded;
  }

  /** How many came from each queue, by subject. */
  async counts(): Promise<(queue: string) => number> {
    const info = await streamInfo(this.#line, this.#stream, this.#subject(undefined));
    return (queue) => info?.state.subjects?.[this.#subject(queue)] ?? 0;
  }

  async #find(id: string): Promise<Kept | undefined> {
    const seq = Number(id);
    if (!Number.isInteger(seq) || seq < 1) return undefined;
    const kept = await messageOf(this.#line, this.#stream, seq);
    // Sequences are those of all flows.
    return kept?.subject.startsWith(this.#subject('')) === true ? kept : undefined;
  }

  /** Without a queue that of all; with an empty one what all begin with. */
  #subject(queue: string | undefined): string {
    const last = queue === undefined ? '>' : queue === '' ? '' : this.#names.consumer(queue);
    return this.#names.subject('dead', token(this.#flow), last);
  }
}

function letterOf(kept: Kept): DeadLetter {
  const [headBytes = 0, bodyBytes = 0] = (kept.header('Pf') ?? '').split(' ').map(Number);
  const { data } = kept;
  return {
    id: String(kept.seq),
    messageId: decoded(kept.header('Pf-Id') ?? ''),
    queue: decoded(kept.header('Pf-Queue') ?? ''),
    head: data.toString('utf8', 0, headBytes),
    body: data.toString('utf8', headBytes, headBytes + bodyBytes),
    reason: data.toString('utf8', headBytes + bodyBytes),
    deadMs: kept.storedMs,
  };
}

/** Of a reason that is too long, what says the most: its code and the beginning of its message. */
function shortened(reason: string): string {
  if (Buffer.byteLength(reason) <= REASON_BYTES) return reason;
  try {
    const { code, message } = JSON.parse(reason) as { code?: unknown; message?: unknown };
    return JSON.stringify({ code, message: String(message).slice(0, 4_000) });
  } catch {
    return reason.slice(0, REASON_BYTES / 4);
  }
}
