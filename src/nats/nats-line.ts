import { createInbox, headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

import type { Clock, ClockTimer, FlowError } from '../index.js';
import type { CarrierState } from '../distributed/index.js';

/** What is asked of the server until it has answered. */
export interface Question {
  readonly subject: string;
  readonly data: string | Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  /** Hears each answer; a number asks again after so many milliseconds. */
  answer(reply: Msg): number | undefined;
  /** The session is closed. */
  refuse(error: FlowError): void;
}

interface Open extends Question {
  sentMs: number;
}

/** Without an answer, a question is sent again after that time. */
const ANSWER_MS = 5_000;
const SWEEP_MS = 1_000;
/** How long is waited while nobody answers, as when the server has just started. */
export const AGAIN_MS = 100;
const NO_RESPONDERS = 503;

/** A connection: what is asked over it is asked until it is answered, also over reconnects. */
export class NatsLine {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  readonly #inbox = createInbox();
  readonly #open = new Map<string, Open>();
  readonly #closed: () => FlowError;
  readonly #onState: (state: CarrierState) => void;
  readonly #onUp = new Set<() => void>();
  readonly #timers = new Set<ClockTimer>();
  #state: CarrierState['state'] = 'up';
  #asked = 0;
  #isClosed = false;
  #heardMs: number;

  constructor(
    connection: NatsConnection,
    clock: Clock,
    closed: () => FlowError,
    onState: (state: CarrierState) => void,
  ) {
    this.connection = connection;
    this.clock = clock;
    this.#closed = closed;
    this.#onState = onState;
    this.#heardMs = clock.monotonic();
    connection.subscribe(`${this.#inbox}.*`, { callback: (_error, reply) => this.#hear(reply) });
    void this.#watch();
    this.after(SWEEP_MS, () => this.#sweep());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isUp(): boolean {
    return this.#state !== 'down';
  }

  /** What comes now was sent by the server no earlier than then, on the monotonic clock. */
  get heardMs(): number {
    return this.#heardMs;
  }

  closedError(): FlowError {
    return this.#closed();
  }

  /** Called whenever the server is there again. */
  onUp(callback: () => void): () => void {
    this.#onUp.add(callback);
    return () => this.#onUp.delete(callback);
  }

  /** Calls back later, unless the line is closed by then. */
  after(ms: number, callback: () => void): ClockTimer {
    const timer = this.clock.setTimer(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  ask(question: Question): void {
    if (this.#isClosed) {
      queueMicrotask(() => question.refuse(this.#closed()));
      return;
    }
    this.#asked += 1;
    const name = this.#asked.toString(36);
    const open: Open = {
      subject: question.subject,
      data: question.data,
      headers: question.headers,
      answer: (reply) => question.answer(reply),
      refuse: (error) => question.refuse(error),
      sentMs: -Infinity,
    };
    this.#open.set(name, open);
    this.#send(name, open);
  }

  /** Asks an interface of JetStream. */
  api<T>(name: string, body?: object): Promise<T & ApiAnswer> {
    return new Promise((resolve, reject) => {
      this.ask({
        subject: `$JS.API.${name}`,
        data: body === undefined ? '' : JSON.stringify(body),
        answer: (reply) => {
          if (isNobody(reply)) return AGAIN_MS;
          const answer = reply.json<T & ApiAnswer>();
          if (answer.error?.code === NO_RESPONDERS) return AGAIN_MS;
          resolve(answer);
          return undefined;
        },
        refuse: reject,
      });
    });
  }

  /** Ends, acknowledges or gives back what was delivered; resolves when the server has done so. */
  respond(subject: string, data: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const answer = (reply: Msg): number | undefined => {
        if (isNobody(reply)) return AGAIN_MS;
        resolve();
        return undefined;
      };
      this.ask({ subject, data, answer, refuse: reject });
    });
  }

  /** The server takes nothing new, or does again. */
  takes(isFull: boolean, detail?: string): void {
    if (isFull && this.#state === 'up') this.#become('full', detail);
    else if (!isFull && this.#state === 'full') this.#become('up');
  }

  /** Sees to it that `heardMs` is not older than what one way to the server and back takes. */
  echo(): void {
    if (this.isUp && !this.#isClosed) this.connection.publish(`${this.#inbox}.echo`, String(this.clock.monotonic()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const question of open) question.refuse(this.#closed());
    await this.connection.close();
  }

  #send(name: string, open: Open): void {
    if (!this.isUp || this.#isClosed) return;
    open.sentMs = this.clock.monotonic();
    const reply = `${this.#inbox}.${name}`;
    this.connection.publish(
      open.subject,
      open.data,
      open.headers === undefined ? { reply } : { reply, headers: open.headers },
    );
  }

  #hear(reply: Msg): void {
    if (this.#isClosed) return;
    const name = reply.subject.slice(this.#inbox.length + 1);
    if (name === 'echo') {
      this.#heardMs = Number(reply.string());
      return;
    }
    const open = this.#open.get(name);
    if (open === undefined) return;
    const againMs = open.answer(reply);
    if (againMs === undefined) this.#open.delete(name);
    else {
      open.sentMs = Infinity;
      this.after(againMs, () => {
        if (this.#open.get(name) === open) this.#send(name, open);
      });
    }
  }

  #sweep(): void {
    const beforeMs = this.clock.monotonic() - ANSWER_MS;
    for (const [name, open] of this.#open) if (open.sentMs < beforeMs) this.#send(name, open);
    this.after(SWEEP_MS, () => this.#sweep());
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (this.#isClosed) return;
      if (status.type === 'disconnect') this.#become('down', `the connection to ${status.server} is lost`);
      if (status.type === 'reconnect') this.#cameBack();
    }
  }

  #cameBack(): void {
    this.#become('up');
    this.echo();
    for (const callback of this.#onUp) callback();
    for (const [name, open] of this.#open) this.#send(name, open);
  }

  #become(state: CarrierState['state'], detail?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(detail === undefined ? { state } : { state, detail });
  }
}

/** What each answer of JetStream may have. */
export interface ApiAnswer {
  readonly error?: ApiError;
}

export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Nobody listens on the subject. */
export function isNobody(reply: Msg): boolean {
  return reply.headers?.code === NO_RESPONDERS && reply.data.length === 0;
}

export { headers };
