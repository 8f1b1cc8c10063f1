import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';

import type { ClockTimer } from '../index.js';
import type { Line } from './line.js';
import { consumerInfo } from './streams.js';

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Without a word for that long, a request is not known to the server any more. */
const SILENT_MS = 12_000;
const AGAIN_MS = 250;
const NS_PER_MS = 1e6;
const HEARTBEAT = 100;
const TIMEOUT = 408;

interface Pull {
  left: number;
  heardMs: number;
}

/** Asks the server for messages of a queue, as many as there is credit for, and goes on when the queue or the server comes back. */
export class Pulls {
  readonly #line: Line;
  readonly #stream: string;
  readonly #consumer: string;
  readonly #on: (message: Msg) => void;
  readonly #inbox = createInbox();
  readonly #pulls = new Map<string, Pull>();
  readonly #subscription: Subscription;
  readonly #offUp: () => void;
  #free = 0;
  #names = 0;
  #isThere = false;
  #isAsking = false;
  #isOver = false;
  #timer: ClockTimer | undefined;

  constructor(line: Line, stream: string, consumer: string, on: (message: Msg) => void) {
    this.#line = line;
    this.#stream = stream;
    this.#consumer = consumer;
    this.#on = on;
    this.#subscription = line.connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#hear(message),
    });
    this.#offUp = line.onUp(() => this.#begin());
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
    // Whoever is closing closes the connection as well.
    this.#subscription.drain().catch(() => undefined);
  }

  get #asked(): number {
    let asked = 0;
    for (const { left } of this.#pulls.values()) asked += left;
    return asked;
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
    this.#names += 1;
    const name = this.#names.toString(36);
    this.#pulls.set(name, { left: this.#free, heardMs: this.#line.clock.monotonic() });
    const request = { batch: this.#free, expires: EXPIRES_MS * NS_PER_MS, idle_heartbeat: HEARTBEAT_MS * NS_PER_MS };
    this.#free = 0;
    this.#line.connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#consumer}`,
      JSON.stringify(request),
      { reply: `${this.#inbox}.${name}` },
    );
  }

  #hear(message: Msg): void {
    const name = message.subject.slice(this.#inbox.length + 1);
    const pull = this.#pulls.get(name);
    if (message.reply === undefined || message.reply === '') {
      if (pull === undefined) return;
      pull.heardMs = this.#line.clock.monotonic();
      const code = message.headers?.code;
      if (code !== HEARTBEAT) this.#ended(name, pull, code === TIMEOUT);
      return;
    }
    if (pull === undefined) this.#free -= 1;
    else {
      pull.left -= 1;
      pull.heardMs = this.#line.clock.monotonic();
      if (pull.left === 0) this.#pulls.delete(name);
    }
    this.#on(message);
  }

  #ended(name: string, pull: Pull, isAtOnce: boolean): void {
    this.#pulls.delete(name);
    this.#free += pull.left;
    if (isAtOnce) this.#pullSoon();
    else {
      this.#isThere = false;
      this.#line.after(AGAIN_MS, () => this.#pullSoon());
    }
  }

  /** The server has forgotten what it was asked for. */
  #begin(): void {
    for (const { left } of this.#pulls.values()) this.#free += left;
    this.#pulls.clear();
    this.#isThere = false;
    this.#pullSoon();
  }

  #watch(): void {
    this.#timer = this.#line.after(HEARTBEAT_MS, () => {
      const beforeMs = this.#line.clock.monotonic() - SILENT_MS;
      for (const [name, pull] of this.#pulls) if (pull.heardMs < beforeMs) this.#ended(name, pull, false);
      this.#watch();
    });
  }
}
