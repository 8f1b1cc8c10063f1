import type { StreamConsumer, StreamOutcome } from './stream-reader.js';

/** What `next` of a stream answers with. */
export type StreamResult = IteratorResult<unknown, unknown>;

function ignore(): void {}

/** A `next` that waits for its answer. */
class Ask {
  resolve!: (result: StreamResult) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<StreamResult>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** The `next` calls of one stream that found nothing, first come first served: a piece goes to the first of them at once. */
export class StreamAsks implements StreamConsumer {
  readonly #line: Ask[] = [];
  readonly #onOver: (outcome: StreamOutcome) => void;

  /** @param onOver - told when the first in line was answered with how the stream is over */
  constructor(onOver: (outcome: StreamOutcome) => void) {
    this.#onOver = onOver;
  }

  get waits(): boolean {
    return this.#line.length !== 0;
  }

  /** Waits in line. */
  ask(): Promise<StreamResult> {
    const ask = new Ask();
    this.#line.push(ask);
    return ask.promise;
  }

  onPiece(payload: unknown): void {
    this.#line.shift()?.resolve({ done: false, value: payload });
  }

  onOutcome(outcome: StreamOutcome): void {
    const first = this.#line.shift();
    this.#onOver(outcome);
    if (outcome.kind === 'end') first?.resolve({ done: true, value: outcome.payload });
    else {
      // Whoever asked and went away must not bring the process down.
      first?.promise.catch(ignore);
      first?.reject(outcome.error);
    }
    this.leave();
  }

  /** Nothing comes any more. */
  leave(): void {
    for (const ask of this.#line.splice(0)) ask.resolve({ done: true, value: undefined });
  }
}
