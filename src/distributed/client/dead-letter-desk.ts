import { FlowError, type Clock, type FlowErrorPayload } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { DeadLetter, DeadLetterQuery } from '../carrier/messages.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';
import { digest } from '../protocol/digest.js';
import { errorFrom } from '../protocol/answer.js';
import { decodeHead, encodeHead } from '../protocol/message-head.js';
import { abortedBy, checkSignal } from './caller-signal.js';
import type { Outbox } from './outbox.js';

/** A message that failed for good, for people. */
export interface FailedMessage {
  /** Names the letter, for `read`, `redrive`, `discard` and `after`. */
  readonly id: string;
  readonly queue: string;
  /** Names of the nodes that were to get it; none where the head cannot be read. */
  readonly nodes: readonly string[];
  readonly rootId: string | undefined;
  readonly traceId: string | undefined;
  readonly tenant: string | undefined;
  /** What the work on it is known by, `ctx.idempotencyKey`. */
  readonly key: string | undefined;
  /** Why it failed. */
  readonly error: FlowError;
  /** When, in milliseconds since the epoch. */
  readonly deadMs: number;
  /** What was sent; decoded at each call. @throws FlowError `NOT_DECODABLE`, `UNKNOWN_TYPE` */
  payload(): unknown;
}

/** How letters are sent once more. */
export interface RedriveOptions {
  /** At most so many a second. @defaultValue as fast as there is room */
  readonly perS?: number;
  /** Ends it between two letters. */
  readonly signal?: AbortSignal;
}

/** The dead letters of a flow. */
export interface ClientDeadLetters {
  /** Oldest first. @throws FlowError `INVALID_OPTION`, also for a queue that the flow does not have and no letter came from */
  list(query?: DeadLetterQuery): Promise<readonly FailedMessage[]>;
  /** Undefined when there is none of that id. */
  read(id: string): Promise<FailedMessage | undefined>;
  /**
   * Has messages worked on once more, as ones that were never there before but for their `ctx.idempotencyKey`: without the deadline that they had.
   *
   * @param which - ids, or all that are there now, of one queue if it is named
   * @returns how many were sent
   * @throws FlowError `ABORTED`, `PLAN_CHANGED` when a queue is not there any more, `CARRIER_CLOSED`; those before are sent. `INVALID_OPTION`, also for a queue
   * that the flow does not have and no letter came from
   */
  redrive(which: string | readonly string[] | { readonly queue?: string }, options?: RedriveOptions): Promise<number>;
  /** @returns how many of them were there @throws FlowError `INVALID_OPTION` */
  discard(ids: string | readonly string[]): Promise<number>;
}

/** Where the letters are. */
interface DeskPlace {
  readonly session: CarrierSession;
  readonly clock: Clock;
  readonly codec: PayloadCodec;
  readonly outbox: Outbox;
  readonly flow: string;
  /** Names of the queues that the flow has. */
  readonly queues: readonly string[];
}

type Which = string | readonly string[] | { readonly queue?: string };

const PAGE = 100;
const ALL = 'For all of them write `redrive({})`.';

/** Shows dead letters, and sends them once more (D7, D11). */
export class DeadLetterDesk implements ClientDeadLetters {
  readonly #place: DeskPlace;

  constructor(place: DeskPlace) {
    this.#place = place;
  }

  async list(query: DeadLetterQuery = {}): Promise<readonly FailedMessage[]> {
    const what = `deadLetters.list() of flow "${this.#place.flow}"`;
    rejectUnknownOptions(query, ['queue', 'after', 'limit'], what);
    const letters = await this.#place.session.dead.list(query);
    if (letters.length === 0 && query.after === undefined) this.#checkQueue(query.queue, what);
    return letters.map((letter) => this.#view(letter));
  }

  async read(id: string): Promise<FailedMessage | undefined> {
    const letter = await this.#place.session.dead.read(id);
    return letter === undefined ? undefined : this.#view(letter);
  }

  async redrive(which: Which, options: RedriveOptions = {}): Promise<number> {
    const what = `redrive() of flow "${this.#place.flow}"`;
    rejectUnknownOptions(options, ['perS', 'signal'], what);
    const { perS = Number.POSITIVE_INFINITY, signal } = options;
    if (!(typeof perS === 'number' && perS > 0)) throw invalidOption('perS', what, '> 0', perS);
    checkSignal(signal, what);
    checkWhich(which, what);
    let sent = 0;
    let dueMs = this.#place.clock.monotonic();
    for await (const letter of this.#chosen(which, what)) {
      await this.#until(dueMs);
      if (signal?.aborted === true) throw abortedBy(signal, what);
      await this.#send(letter);
      await this.#place.session.dead.discard([letter.id]);
      sent++;
      dueMs += 1_000 / perS;
    }
    return sent;
  }

  async discard(ids: string | readonly string[]): Promise<number> {
    if (!areIds(ids)) {
      throw invalidOption('ids', `discard() of flow "${this.#place.flow}"`, 'an id, or a list of ids', ids);
    }
    return this.#place.session.dead.discard(typeof ids === 'string' ? [ids] : ids);
  }

  /** A queue of a former plan may have letters; one that has none and is not there was mistyped. */
  #checkQueue(queue: unknown, what: string): void {
    const { queues } = this.#place;
    if (queue === undefined || queues.includes(queue as string)) return;
    const names = queues.map((name) => JSON.stringify(name)).join(', ');
    throw invalidOption('queue', what, 'a queue of the flow', queue, `Its queues are ${names}.`);
  }

  /** Of all that are there those that were so when it began: what fails again meanwhile is not sent again and again. */
  async *#chosen(which: Which, what: string): AsyncGenerator<DeadLetter> {
    const { dead } = this.#place.session;
    if (typeof which === 'string' || Array.isArray(which)) {
      for (const id of typeof which === 'string' ? [which] : (which as readonly string[])) {
        const letter = await dead.read(id);
        if (letter !== undefined) yield letter;
      }
      return;
    }
    const { queue } = which as { readonly queue?: string };
    const untilMs = this.#place.session.now();
    for (let after: string | undefined; ;) {
      const page = await dead.list({
        limit: PAGE,
        ...(queue === undefined ? {} : { queue }),
        ...(after === undefined ? {} : { after }),
      });
      if (page.length === 0 && after === undefined) this.#checkQueue(queue, what);
      for (const letter of page) if (letter.deadMs <= untilMs) yield letter;
      after = page.at(-1)?.id;
      if (after === undefined || page.length < PAGE) return;
    }
  }

  #send(letter: DeadLetter): Promise<void> {
    const { outbox, session } = this.#place;
    const { queue, body } = letter;
    const head = decodeHead(letter.head);
    // It begins anew: a cancel of its trace before now, and the deadline that it had, do not count.
    const anew =
      head === undefined ? letter.head : encodeHead({ ...head, deadlineMs: undefined, beganMs: session.now() });
    return new Promise((resolve, reject) => {
      outbox.send({ id: redriveId(letter), queue, head: anew, body }, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  #until(dueMs: number): Promise<void> {
    const { clock } = this.#place;
    const leftMs = dueMs - clock.monotonic();
    if (!(leftMs > 0)) return Promise.resolve();
    return new Promise((resolve) => {
      clock.setTimer(resolve, leftMs);
    });
  }

  #view({ id, queue, head: text, body, reason, deadMs }: DeadLetter): FailedMessage {
    const { codec } = this.#place;
    const head = decodeHead(text);
    return Object.freeze({
      id,
      queue,
      nodes: head?.to ?? [],
      rootId: head?.root,
      traceId: head?.traceId,
      tenant: head?.headers.tenant,
      key: head?.key,
      error: errorOf(reason),
      deadMs,
      payload: () => codec.decode(body),
    });
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkWhich(which: unknown, what: string): void {
  if (areIds(which)) return;
  if (typeof which !== 'object' || which === null || Array.isArray(which)) {
    throw invalidOption('which', what, 'an id, a list of ids, or `{ queue }`', which, ALL);
  }
  // One that was mistyped would send all of them.
  rejectUnknownOptions(which, ['queue'], what);
  const { queue } = which as { readonly queue?: unknown };
  if (queue !== undefined && typeof queue !== 'string') {
    throw invalidOption('queue', what, 'the name of a queue', queue, ALL);
  }
}

function areIds(given: unknown): boolean {
  return typeof given === 'string' || (Array.isArray(given) && given.every((id) => typeof id === 'string'));
}

/** Another one than before, and the same one for whoever sends this letter twice: it is stored once. */
function redriveId({ id, messageId, deadMs }: DeadLetter): string {
  const facts = JSON.stringify(['redrive', id, messageId, deadMs]);
  return digest(facts);
}

function errorOf(reason: string): FlowError {
  try {
    return errorFrom(JSON.parse(reason) as FlowErrorPayload);
  } catch {
    return new FlowError('NODE_EXCEPTION', { message: reason });
  }
}
