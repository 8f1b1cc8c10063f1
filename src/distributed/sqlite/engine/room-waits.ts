import { FlowError } from '../../../index.js';
import type { Call, SettleCall } from '../thread-protocol.js';
import type { QueueView } from './flow-view.js';
import { NoRoom } from './operations.js';
import type { Held, ThreadSession } from './thread-session.js';
import type { Transaction } from './transaction.js';

/** A call that waits for room in a queue. */
interface Waiting {
  readonly call: Call;
  readonly session: ThreadSession;
  queue: QueueView;
}

/** Puts and settlements that wait for room, in the order in which they came. */
export class RoomWaits {
  #waiting: readonly Waiting[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether one of them may go on. */
  get mayGo(): boolean {
    return this.#waiting.some(({ queue }) => queue.room > 0);
  }

  has(session: number, queue: string): boolean {
    return this.#waiting.some(({ call, queue: { name } }) => call.session === session && name === queue);
  }

  /** The queue of a put, if others wait for room in it: they come first. */
  ahead(session: ThreadSession, { name, args }: Call): QueueView | undefined {
    if (name !== 'put' || this.#waiting.length === 0) return undefined;
    const queue = queueNameOf(args);
    return this.#waiting.find((each) => each.queue.name === queue && each.queue.flow === session.flow)?.queue;
  }

  add(tx: Transaction, session: ThreadSession, call: Call, queue: QueueView): void {
    const former = this.#waiting;
    this.#waiting = [...former, { call, session, queue }];
    tx.undo(() => (this.#waiting = former));
  }

  /** Tries those again whose queue has room. */
  retry(tx: Transaction, operate: (session: ThreadSession, call: Call) => unknown): void {
    const over = this.#waiting.filter((waiting) => this.#retryOne(tx, waiting, operate));
    if (over.length > 0) tx.after(() => (this.#waiting = this.#waiting.filter((each) => !over.includes(each))));
  }

  /** Settlements of what is another's by now, which wait for nothing. */
  takeLost(): readonly Call[] {
    const lost = this.#waiting.filter(
      ({ call, session }) => call.name === 'settle' && heldBy(session, call) === undefined,
    );
    if (lost.length > 0) this.#waiting = this.#waiting.filter((each) => !lost.includes(each));
    return lost.map(({ call }) => call);
  }

  /** Those of a session that is closed. */
  takeAll(session: number): readonly Call[] {
    const taken = this.#waiting.filter(({ call }) => call.session === session);
    this.#waiting = this.#waiting.filter(({ call }) => call.session !== session);
    return taken.map(({ call }) => call);
  }

  /** @returns whether it waits no more */
  #retryOne(tx: Transaction, waiting: Waiting, operate: (session: ThreadSession, call: Call) => unknown): boolean {
    const { call, session } = waiting;
    // It may be another one by now, or be gone.
    const queue = session.flow.queues.get(waiting.queue.name);
    const held = call.name === 'settle' ? heldBy(session, call) : undefined;
    if (queue !== undefined && queue.room <= 0 && !isIntoOwn(call, held)) return false;
    if (held !== undefined) held.isSettling = false;
    try {
      const result = operate(session, call);
      if (result instanceof NoRoom) {
        waiting.queue = result.queue;
        return false;
      }
      tx.answer(call, result);
    } catch (error) {
      if (held !== undefined) held.isSettling = true;
      if (!FlowError.is(error)) throw error;
      if (held !== undefined) tx.after(() => (held.isSettling = false));
      tx.refuse(call, error);
    }
    if (held !== undefined) tx.undo(() => (held.isSettling = true));
    return true;
  }
}

export function queueNameOf(args: readonly unknown[]): string {
  return (args[0] as { readonly queue: string }).queue;
}

function heldBy({ held }: ThreadSession, { args }: Call): Held | undefined {
  return held.get((args as [SettleCall])[0].delivery);
}

/** Whether a settlement brings something into the queue that it ends a message of. */
function isIntoOwn({ args }: Call, held: Held | undefined): boolean {
  return held !== undefined && (args as [SettleCall])[0].departures.some(({ queue }) => queue === held.queue);
}
