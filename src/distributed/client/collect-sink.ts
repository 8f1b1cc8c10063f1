import type { CollectedResults, FlowError } from '../../index.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import type { ResultAnswer } from '../protocol/answer.js';
import type { RootSink } from './root-sink.js';

/** Gathers all results of a root until its tokens are closed. */
export class CollectSink<Out> implements RootSink {
  readonly all: Promise<CollectedResults<Out>>;
  readonly #codec: PayloadCodec;
  readonly #settles: boolean;
  readonly #results: Out[] = [];
  readonly #failures: FlowError[] = [];
  #resolve!: (all: CollectedResults<Out>) => void;
  #reject!: (error: unknown) => void;
  #isAnswered = false;

  /** @param settles - failures are gathered, too; else the first is that of all */
  constructor(codec: PayloadCodec, settles: boolean) {
    this.#codec = codec;
    this.#settles = settles;
    this.all = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  result({ value }: ResultAnswer): boolean {
    if (this.#isAnswered) return true;
    try {
      this.#results.push(this.#codec.decode(value) as Out);
    } catch (error) {
      return this.failure(error as FlowError);
    }
    return false;
  }

  failure(error: FlowError): boolean {
    if (this.#isAnswered) return false;
    if (this.#settles) {
      this.#failures.push(error);
      return false;
    }
    this.fails(error);
    return true;
  }

  accepted(): void {}

  over(): true {
    if (!this.#isAnswered) this.#resolve({ results: this.#results, failures: this.#failures });
    this.#isAnswered = true;
    return true;
  }

  fails(error: FlowError): void {
    this.#isAnswered = true;
    this.#reject(error);
  }
}
