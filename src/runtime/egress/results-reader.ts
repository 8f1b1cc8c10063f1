import { FlowError } from '../../errors/flow-error.js';
import { FailureParcel } from '../trace/envelope.js';
import { ResultWaiter, type Delivered } from '../trace/result-waiter.js';
import type { NoteWait } from './trace-stream.js';
import type { Egress } from './egress.js';
import type { FlowResult } from './flow-result.js';

/**
 * The results of every trace as they come, failures among them; never throws, ends when the flow has stopped and all is
 * handed out.
 */
export class ResultsReader<Out> implements AsyncIterableIterator<FlowResult<Out>> {
  readonly #egress: Egress;
  readonly #stopped: () => boolean;
  readonly #note: NoteWait;
  readonly #waiters = new Set<ResultWaiter>();
  #open = true;

  /** @param note - given what somebody waits for */
  constructor(egress: Egress, stopped: () => boolean, note: NoteWait) {
    this.#note = note;
    this.#egress = egress;
    this.#stopped = stopped;
    egress.openReader();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<FlowResult<Out>, undefined>> {
    if (!this.#open) return { done: true, value: undefined };
    const { failures } = this.#egress;
    const failure = failures.takeForReader();
    const stored = failure === undefined ? this.#egress.take() : undefined;
    if (stored !== undefined) return { done: false, value: resultOf(stored) };
    // One may stand behind results that are kept for others.
    const next = failure ?? failures.takeForReader(true);
    if (next !== undefined) return { done: false, value: { traceId: next.id, error: next.error } };
    if (this.#stopped()) return this.return();
    const waiter = new ResultWaiter();
    this.#waiters.add(waiter);
    waiter.onSettled(() => this.#waiters.delete(waiter));
    this.#egress.wait(waiter, true);
    try {
      return { done: false, value: resultOf(await this.#note(waiter.promise)) };
    } catch {
      return this.return();
    }
  }

  /** Leaving the loop gives up the place in line; results stay for others. */
  return(): Promise<IteratorReturnResult<undefined>> {
    if (this.#open) {
      this.#open = false;
      this.#egress.closeReader();
      const left = new FlowError('ABORTED', { message: 'The reader of results() left' });
      for (const waiter of [...this.#waiters]) waiter.reject(left);
    }
    return Promise.resolve({ done: true, value: undefined });
  }
}

function resultOf<Out>(delivered: Delivered): FlowResult<Out> {
  const { traceId } = delivered.message;
  if (delivered instanceof FailureParcel) return { traceId, error: delivered.payload as FlowError };
  return { traceId, value: delivered.payload as Out };
}
