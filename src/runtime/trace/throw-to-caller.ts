import type { FlowError } from '../../errors/flow-error.js';
import { addFramesAbove } from '../../errors/stack.js';

const NEXT_TURN = Promise.resolve();

/** Errors that are on their way to their callers, and how many may be. */
let throwing = 0;
const MOST_THROWING = 16;

/** How a promise is settled. */
interface Settling {
  readonly resolve: (answer: Promise<never>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Rejects a promise, a few microtasks later, with an error whose stack leads to whoever awaits it; of very many that fail at once only
 * the first ones do.
 *
 * @param beforeThrow - called when it is known who awaits the promise
 */
export function rejectToCaller(error: FlowError, { resolve, reject }: Settling, beforeThrow?: () => void): void {
  if (throwing < MOST_THROWING) {
    resolve(throwToCaller(error, beforeThrow));
    return;
  }
  beforeThrow?.();
  reject(error);
}

/** A promise that is rejected so. */
export function rejectedToCaller(error: FlowError, beforeThrow?: () => void): Promise<never> {
  return new Promise<never>((resolve, reject) => {
    rejectToCaller(error, { resolve, reject }, beforeThrow);
  });
}

/**
 * In an async frame of the promise that awaits it, where V8 finds who awaits that one. It does so after two turns: in the first, the
 * promise begins to follow this one.
 */
async function throwToCaller(error: FlowError, beforeThrow: (() => void) | undefined): Promise<never> {
  throwing++;
  await NEXT_TURN;
  await NEXT_TURN;
  throwing--;
  addFramesAbove(error, throwToCaller);
  beforeThrow?.();
  throw error;
}
