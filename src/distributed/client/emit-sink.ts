import type { EmitReceipt, FlowError } from '../../index.js';
import type { ResultAnswer } from '../protocol/answer.js';
import type { ClientResults } from './client-results.js';
import type { RootSink } from './root-sink.js';

/** Waits until the messages of an emit were taken; what comes of it is for those who read `results()`. */
export class EmitSink implements RootSink {
  readonly receipt: Promise<EmitReceipt>;
  readonly #about: Omit<EmitReceipt, 'duplicate'>;
  readonly #results: ClientResults;
  #resolve!: (receipt: EmitReceipt) => void;
  #reject!: (error: FlowError) => void;
  #isAccepted = false;

  constructor(about: Omit<EmitReceipt, 'duplicate'>, results: ClientResults) {
    this.#about = about;
    this.#results = results;
    this.receipt = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  result(answer: ResultAnswer): boolean {
    this.#results.addValue(this.#about, answer.value);
    return false;
  }

  failure(error: FlowError): boolean {
    this.#results.addError(this.#about, error);
    return false;
  }

  accepted(duplicate: boolean): void {
    this.#isAccepted = true;
    this.#resolve(Object.freeze({ ...this.#about, duplicate }));
  }

  over(): true {
    return true;
  }

  fails(error: FlowError): void {
    if (!this.#isAccepted) this.#reject(error);
    else if (error.code !== 'FLOW_STOPPED') this.#results.addError(this.#about, error);
  }
}
