import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';

import type { ClockTimer } from '../index.js';
import type { NatsLine } from './nats-line.js';
import { consumerInfo } from './streams.js';

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Without a word for that long, a request is not known to the server any more. */
const SILENT_MS = 12_000;
const AGAIN_MS = 250;
const NS_PER_MS = 1e6;
const HEARTBEAT = 100;
const TIMEOUT = 408;

/** Asks the server for messages of a queue, as many as there is credit for, and goes on when the queue or the server comes back. */
export class Pulls {
  readonly #line: NatsLine;
  readonly #stream: string;
  readonly #consumer: string;
  readonly #on: (message: Msg) => void;
  readonly #offUp: () => void;
  /** Credit that the server does not have yet. */
  #free = 0;
  /** Credit that it has. */
  #asked = 0;
  #requests = 0;
  #heardMs = 0;
  #inbox = '';
  #subscription: Subscription | undefined;
  #isThere = false;
  #isAsking = false;
  #isOver = false;
  #timer: ClockTimer | undefined;

  constructor(line: NatsLine, stream: string, consumer: string, on: (message: Msg) => void) {
    this.#line = line;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#on = on;
    this.#offUp = line.onUp(() => this.#begin());
    this.#begin();
    this.#watch();
  }

  more(free: number): void {
    this.#free += free;
    this.#pullSoon();
  }

  /** Nothing more is asked for; what is on its way comes. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#offUp();
    this.#timer?.cancel();
    this.#leave();
  }

  #pullSoon(): void {
    if (this.#isAsking || this.#isOver) return;
    this.#isAsking = true;
    if (this.#isThere) queueMicrotask(() => this.#pull());
    else void this.#pullWhenThere();
  }

  async #pullWhenThere(): Promise<void> {
    try {
      const info = await consumerInfo(this.#line, this.#stream, this.#consumer);
      this.#isThere = info !== undefined;
    } catch {
      this.#isThere = false;
    }
    if (this.#isThere) this.#pull();
    else {
      this.#isAsking = false;
      if (!this.#line.isClosed) this.#line.after(AGAIN_MS, () => this.#pullSoon());
    }
  }

  #pull(): void {
    this.#isAsking = false;
    if (this.#isOver || !this.#line.isUp || this.#line.isClosed) return;
    // A request for each message would cost as much as the message.
    if (this.#free <= 0 || this.#free < this.#asked) return;
    const batch = this.#free;
    this.#requests += 1;
    this.#free = 0;
    this.#asked += batch;
    this.#heardMs = this.#line.clock.monotonic();
    this.#line.connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#consumer}`,
      JSON.stringify({ batch, expires: EXPIRES_MS * NS_PER_MS, idle_heartbeat: HEARTBEAT_MS * NS_PER_MS }),
      { reply: `${this.#inbox}.${this.#requests}-${batch}` },
    );
  }

  #hear(message: Msg, inbox: string): void {
    const isOurs = inbox === this.#inbox;
    if (isOurs) this.#heardMs = this.#line.clock.monotonic();
    if (message.reply !== undefined && message.reply !== '') {
      if (isOurs && this.#asked > 0) this.#asked -= 1;
      else this.#free -= 1;
      this.#on(message);
    } else if (isOurs && message.headers?.code !== HEARTBEAT) this.#ended(message);
  }

  /** A request is over: its time is, or the server has something against it. */
  #ended({ headers, subject }: Msg): void {
    if (headers?.description === 'Consumer Deleted') {
      this.#line.after(AGAIN_MS, () => this.#begin());
      return;
    }
    const batch = Number(subject.slice(subject.lastIndexOf('-') + 1));
    const left = Math.min(this.#asked, Number(headers?.get('Nats-Pending-Messages') || batch));
    this.#asked -= left;
    this.#free += left;
    if (headers?.code === TIMEOUT) this.#pullSoon();
    else this.#line.after(AGAIN_MS, () => this.#pullSoon());
  }

  /** Begins anew, as when the server has forgotten what it was asked for. Requests that it knows all the same have nobody who listens. */
  #begin(): void {
    if (this.#isOver || this.#line.isClosed) return;
    this.#leave();
    const inbox = createInbox();
    this.#inbox = inbox;
    this.#subscription = this.#line.connection.subscribe(`${inbox}.*`, {
      callback: (_error, message) => this.#hear(message, inbox),
    });
    this.#free += this.#asked;
    this.#asked = 0;
    this.#isThere = false;
    if (this.#free > 0) this.#pullSoon();
  }

  /** What is on its way comes. */
  #leave(): void {
    // A session that is closed has closed the connection as well.
    this.#subscription?.drain().catch(() => undefined);
  }

  #watch(): void {
    this.#timer = this.#line.after(HEARTBEAT_MS, () => {
      if (this.#asked > 0 && this.#line.clock.monotonic() - this.#heardMs > SILENT_MS) this.#begin();
      this.#watch();
    });
  }
}
