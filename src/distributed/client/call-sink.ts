import { FlowError } from '../../index.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import type { ResultAnswer } from '../protocol/answer.js';
import type { RootSink } from './root-sink.js';

/** Waits for the first result of a call. */
export class CallSink<Out> implements RootSink {
  readonly answer: Promise<Out>;
  readonly #codec: PayloadCodec;
  readonly #traceId: string;
  #resolve!: (value: Out) => void;
  #reject!: (error: unknown) => void;
  #isAnswered = false;
  /** The first piece, for a run that gives nothing else. */
  #piece: ResultAnswer | undefined;

  constructor(codec: PayloadCodec, traceId: string) {
    this.#codec = codec;
    this.#traceId = traceId;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  result(answer: ResultAnswer): boolean {
    if (this.#isAnswered) return true;
    if (answer.piece) {
      this.#piece ??= answer;
      return false;
    }
    this.#settle(answer);
    return true;
  }

  failure(error: FlowError): boolean {
    if (this.#isAnswered) return false;
    this.fails(error);
    return true;
  }

  accepted(): void {}

  over(isUncertain: boolean): true | false | FlowError {
    if (this.#isAnswered) return true;
    if (this.#piece !== undefined) {
      this.#settle(this.#piece);
      return true;
    }
    return isUncertain ? false : noResult(this.#traceId);
  }

  fails(error: FlowError): void {
    this.#isAnswered = true;
    this.#reject(error);
  }

  #settle({ value }: ResultAnswer): void {
    this.#isAnswered = true;
    try {
      this.#resolve(this.#codec.decode(value) as Out);
    } catch (error) {
      this.#reject(error);
    }
  }
}

function noResult(traceId: string): FlowError {
  return new FlowError('NO_RESULT', { message: `Trace ${traceId} ended without delivering a result`, traceId });
}
