import { randomUUID } from 'node:crypto';
import { FlowError, type Clock, type FlowErrorPayload } from '#src/index.js';
import type { Carrier } from '#src/distributed/carrier/carrier.js';
import type { CarrierSession } from '#src/distributed/carrier/carrier-session.js';
import type { Delivery } from '#src/distributed/carrier/messages.js';
import type { StoredRecord } from '#src/distributed/carrier/records.js';
import { encodeAnswer, type Answer, type ResultAnswer } from '#src/distributed/protocol/answer.js';
import { chunkTopic, creditTopic, type CastChunk, type CastCredit } from '#src/distributed/protocol/channels.js';
import { decodeHead, type MessageHead } from '#src/distributed/protocol/message-head.js';

/** A message that came to the other side. */
export interface Taken {
  readonly delivery: Delivery;
  readonly head: MessageHead;
  readonly queue: string;
  readonly payload: unknown;
}

class TakenMessage implements Taken {
  constructor(
    readonly delivery: Delivery,
    readonly head: MessageHead,
  ) {}

  get queue(): string {
    return this.delivery.queue;
  }

  get payload(): unknown {
    return JSON.parse(this.delivery.body) as unknown;
  }
}

/** The other side of a client, by hand: takes what comes, and says what the test wants said. */
export class FakeWorker {
  readonly session: CarrierSession;
  readonly taken: Taken[] = [];
  readonly cancels: StoredRecord[] = [];
  readonly credits: CastCredit[] = [];
  readonly #clock: Clock;

  private constructor(session: CarrierSession, clock: Clock) {
    this.session = session;
    this.#clock = clock;
    session.records('cancels', '', 'start', (record) => this.cancels.push(record));
    session.hear(creditTopic(''), (_, body) => this.credits.push(JSON.parse(body) as CastCredit));
  }

  static async open(carrier: Carrier, clock: Clock, flow: string): Promise<FakeWorker> {
    return new FakeWorker(await carrier.open({ flow, clock }), clock);
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  take(queue: string, free = 1_000_000): void {
    this.session.take(queue, { free, maxHoldS: 900 }, (delivery) => {
      const head = decodeHead(delivery.head) as MessageHead;
      this.taken.push(new TakenMessage(delivery, head));
    });
  }

  async answer(root: string, answer: Answer, id: string = randomUUID()): Promise<void> {
    await this.session.record('answers', root, id, encodeAnswer(answer), 300);
  }

  /** A result of a message; it closes its token unless said otherwise. */
  result({ head }: Taken, value: unknown, more: Partial<ResultAnswer> = {}): Promise<void> {
    const result = randomUUID();
    const plain = { kind: 'result', result, token: head.token, closes: true, piece: false } as const;
    return this.answer(head.root, { ...plain, value: JSON.stringify(value), ...more });
  }

  failure({ head }: Taken, error: FlowError | FlowErrorPayload, closes = true): Promise<void> {
    const payload = FlowError.is(error) ? error.toPayload() : error;
    return this.answer(head.root, {
      kind: 'failure',
      failure: `${head.token} ${payload.code}`,
      token: head.token,
      closes,
      error: payload,
    });
  }

  step({ head }: Pick<Taken, 'head'>, opened: readonly string[], closes: boolean, uncertain?: true): Promise<void> {
    const more = uncertain === undefined ? undefined : { uncertain };
    return this.answer(head.root, { kind: 'step', token: head.token, opened, closes, ...more });
  }

  chunk({ head, delivery }: Taken, at: number, more: Partial<CastChunk> = {}): void {
    const plain = { from: delivery.id, run: 1, streamId: head.traceId, at, seq: at, text: `t${at}`, done: false };
    this.session.cast(chunkTopic(head.root), JSON.stringify({ ...plain, ...more }));
  }
}
