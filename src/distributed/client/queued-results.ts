import { FlowError } from '../../index.js';
import type { CarrierSession, Taking } from '../carrier/carrier-session.js';
import type { Delivery } from '../carrier/messages.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import { decodeAnswer, errorFrom } from '../protocol/answer.js';
import { decodeHead } from '../protocol/message-head.js';
import { RESULT_QUEUE } from '../protocol/result-queue.js';

/** So many results are taken before they are acknowledged. */
const FREE = 64;
const MAX_HOLD_S = 900;

/** A result, or a failure, from the queue of results. It is read again, here or elsewhere, until it is acknowledged. */
export type QueuedResult<Out = unknown> = QueuedFacts &
  ({ readonly value: Out; readonly error?: undefined } | { readonly value?: undefined; readonly error: FlowError });

/** What is known of it, and what to do with it. */
interface QueuedFacts {
  readonly traceId: string;
  readonly tenant: string;
  readonly rootId: string;
  /** It was read before, and not acknowledged. */
  readonly redelivered: boolean;
  /** It is dealt with, and is not read again. */
  ack(): Promise<void>;
  /** Somebody else is to read it, at once. */
  release(): Promise<void>;
}

/** Reads the queue of results of a flow. */
export class QueuedResults<Out> implements AsyncIterableIterator<QueuedResult<Out>> {
  readonly #session: CarrierSession;
  readonly #codec: PayloadCodec;
  readonly #taking: Taking;
  readonly #came: Delivery[] = [];
  readonly #waiting: ((next: IteratorResult<QueuedResult<Out>>) => void)[] = [];
  #isOver = false;

  constructor(session: CarrierSession, codec: PayloadCodec) {
    this.#session = session;
    this.#codec = codec;
    this.#taking = session.take(RESULT_QUEUE, { free: FREE, maxHoldS: MAX_HOLD_S }, (delivery) => this.#take(delivery));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<QueuedResult<Out>>> {
    const delivery = this.#came.shift();
    if (delivery !== undefined) return Promise.resolve({ done: false, value: this.#resultOf(delivery) });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Takes no more, and gives back what nobody has seen. */
  async return(): Promise<IteratorResult<QueuedResult<Out>>> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#taking.stop();
      for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
      await this.#session.release(this.#came.splice(0));
    }
    return { done: true, value: undefined };
  }

  #take(delivery: Delivery): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#came.push(delivery);
    else waiting({ done: false, value: this.#resultOf(delivery) });
  }

  #resultOf(delivery: Delivery): QueuedResult<Out> {
    const head = decodeHead(delivery.head);
    const over = (ended: Promise<void>): Promise<void> => ended.finally(() => this.#taking.more(1));
    return {
      traceId: head?.traceId ?? '',
      tenant: head?.headers.tenant ?? '',
      rootId: head?.root ?? '',
      redelivered: delivery.redelivered,
      ack: () => over(this.#session.settle(delivery, { departures: [] })),
      release: () => over(this.#session.release([delivery])),
      ...this.#outcomeOf(delivery),
    };
  }

  #outcomeOf({ id, body }: Delivery): { readonly value: Out } | { readonly error: FlowError } {
    const answer = decodeAnswer(body);
    if (answer?.kind === 'failure') return { error: errorFrom(answer.error) };
    if (answer?.kind !== 'result') {
      return { error: new FlowError('NOT_DECODABLE', { message: `Message "${id}" of the queue of results is none` }) };
    }
    try {
      return { value: this.#codec.decode(answer.value) as Out };
    } catch (error) {
      return { error: error as FlowError };
    }
  }
}
