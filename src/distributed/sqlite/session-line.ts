import type { FlowError } from '../../index.js';
import { receiveError } from '../../store/thread/thread-protocol.js';
import { carrierClosed } from '../carrier/carrier-errors.js';
import type { CarrierThread, ThreadClient } from './carrier-thread.js';
import type { CallArgs, CallName, Calls, Report } from './thread-protocol.js';

interface Pending {
  answer(value: unknown): void;
  refuse(error: FlowError): void;
}

/** What a session says to the thread, and hears of it. */
export class SessionLine implements ThreadClient {
  readonly flow: string;
  readonly thread: CarrierThread;
  readonly session: number;
  readonly #pending = new Map<number, Pending>();
  readonly #hear: (report: Report) => void;
  readonly #whenEnded: () => void;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(thread: CarrierThread, flow: string, hear: (report: Report) => void, whenEnded: () => void) {
    this.thread = thread;
    this.flow = flow;
    this.#hear = hear;
    this.#whenEnded = whenEnded;
    this.session = thread.add(this, flow);
  }

  /** Nothing is called any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  closedError(): FlowError {
    return carrierClosed(this.flow);
  }

  /** Calls without order among those who wait; refused when the session is closed. */
  send<Name extends CallName>(
    name: Name,
    args: CallArgs<Name>,
    answer: (value: ReturnType<Calls[Name]>) => void,
    refuse: (error: FlowError) => void,
  ): void {
    const id = this.thread.nextId();
    this.#pending.set(id, { answer: answer as (value: unknown) => void, refuse });
    this.thread.send({ kind: 'call', session: this.session, id, name, args });
  }

  call<Name extends CallName>(name: Name, ...args: CallArgs<Name>): Promise<ReturnType<Calls[Name]>> {
    if (this.#isClosed) return Promise.reject(this.closedError());
    return new Promise((resolve, reject) => {
      this.send(name, args, resolve, reject);
    });
  }

  /** No more calls; resolves when all that is under way has been answered. */
  close(): Promise<void> {
    this.#isClosed = true;
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  told(report: Report): void {
    if (report.kind === 'answer') this.#taken(report.id, (pending) => pending.answer(report.value));
    else if (report.kind === 'refusal') {
      this.#taken(report.id, (pending) => pending.refuse(receiveError(report.error) as FlowError));
    } else safely(() => this.#hear(report));
  }

  ended(): void {
    this.#isClosed = true;
    for (const id of this.#pending.keys()) this.#taken(id, (pending) => pending.refuse(this.closedError()));
    this.#whenEnded();
  }

  #taken(id: number, use: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    safely(() => use(pending));
    if (this.#pending.size === 0) this.#whenIdle?.();
  }
}

/** A callback that throws ends nothing but itself: what it throws is an uncaught exception. */
export function safely(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
