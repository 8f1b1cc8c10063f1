import type { FlowError } from '../../index.js';
import type { FailureAnswer, ResultAnswer } from '../protocol/answer.js';

/** Whoever waits for what comes of a root. */
export interface RootSink {
  /** A result, once each. @returns whether the root has its answer, so that what fails later is not the reason of its end */
  result(answer: ResultAnswer): boolean;
  /** A message failed for good, elsewhere. @returns whether that is the answer */
  failure(error: FlowError, answer: FailureAnswer): boolean;
  /** All that was sent was taken. */
  accepted(duplicate: boolean): void;
  /**
   * Nothing more comes.
   *
   * @param isUncertain - something ran again and may have sent other messages: a result may yet come
   * @returns whether it is over for this one, too; `NO_RESULT` when that is its end
   */
  over(isUncertain: boolean): true | false | FlowError;
  /** It is over before its end: cancelled, late, aborted, stopped, or not sent. */
  fails(error: FlowError): void;
}
