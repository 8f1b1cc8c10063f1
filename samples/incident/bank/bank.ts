import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { dependency } from 'penguiflow';

/**
 * The bank: a quarter of a second for an answer. After three failures in a row nobody asks for a while, and orders are refused at once;
 * then one is let through to see. The retries are those of the node.
 */
export const BANK = dependency('bank', {
  timeoutS: 0.25,
  policy: circuitBreaker(handleAll, { halfOpenAfter: 900, breaker: new ConsecutiveBreaker(3) }),
});
