import { circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { dependency, FlowError } from 'penguiflow';
import { PaymentUnavailableError } from './payment-client.js';

/** What counts against the bank. A client that goes away does not, nor does a card that is declined. */
const isFailure = handleWhen(
  (error) => error instanceof PaymentUnavailableError || FlowError.is(error, 'DEPENDENCY_TIMEOUT'),
);

/**
 * The bank: three seconds for an answer. When ten in a row fail, nobody asks for five seconds, and orders are refused at once. The
 * retries are those of the node, each of which the browser sees.
 */
export const BANK = dependency('bank', {
  timeoutS: 3,
  policy: circuitBreaker(isFailure, { halfOpenAfter: 5_000, breaker: new ConsecutiveBreaker(10) }),
});
