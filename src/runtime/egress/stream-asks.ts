import type { FlowError } from '../../errors/flow-error.js';
import { rejectToCaller } from '../trace/throw-to-caller.js';
import type { StreamConsumer, StreamOutcome } from './stream-reader.js';

/** What `next` of a stream answers with. */
export type StreamResult = IteratorResult<unknown, unknown>;

function ignore(): void {}

/** A `next` that waits for its answer. */
class Ask {
  /** The one that asked next. */
  next: Ask | undefined;
  resolve!: (result: StreamResult | Promise<never>) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<StreamResult>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  /** Rejects; whoever asked and went away must not bring the process down. */
  fail(error: unknown): void {
    rejectToCaller(error as FlowError, this, () => this.#ignoreFailure());
  }

  #ignoreFailure(): void {
    this.promise.catch(ignore);
  }
}

/** The `next` calls of one stream that found nothing, first come first served: a piece goes to the first of them at once. */
export class StreamAsks implements StreamConsumer {
  #first: Ask | undefined;
  #last: Ask | undefined;
  readonly #onOver: (outcome: StreamOutcome) => void;

  /** @param onOver - told when the first in line was answered with how the stream is over */
  constructor(onOver: (outcome: StreamOutcome) => void) {
    this.#onOver = onOver;
  }

  get waits(): boolean {
    return this.#first !== undefined;
  }

  /** Waits in line. */
  ask(): Promise<StreamResult> {
    const ask = new Ask();
    if (this.#last === undefined) this.#first = ask;
    else this.#last.next = ask;
    this.#last = ask;
    return ask.promise;
  }

  onPiece(payload: unknown): void {
    this.#shift()?.resolve({ done: false, value: payload });
  }

  onOutcome(outcome: StreamOutcome): void {
    const first = this.#shift();
    this.#onOver(outcome);
    if (outcome.kind === 'end') first?.resolve({ done: true, value: outcome.payload });
    else first?.fail(outcome.error);
    this.close();
  }

  /** Nothing comes any more. */
  close(): void {
    for (let ask = this.#shift(); ask !== undefined; ask = this.#shift()) ask.resolve({ done: true, value: undefined });
  }

  #shift(): Ask | undefined {
    const first = this.#first;
    this.#first = first?.next;
    if (this.#first === undefined) this.#last = undefined;
    return first;
  }
}
