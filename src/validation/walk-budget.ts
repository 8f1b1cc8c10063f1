import { FlowError } from '../errors/flow-error.js';

/** So many objects are visited without a look at whether they come again. */
const UNWATCHED = 10_000;
/** So often may a walk come to what it has come to before. */
const MOST_REPEATS = 100_000;

/** What a walk says that had to stop. */
export const SHARED_PARTS = Object.freeze({
  sharedParts: `holds the same objects in more than ${MOST_REPEATS} places`,
});

/** What to do about it. */
export const SHARED_PARTS_HINT =
  "Each place that holds a shared object is checked by itself: name shared objects by an id, or leave the check out with `validate: 'none'`.";

/**
 * Stops a walk through an object that goes by its places, and not by its objects: thirty lists that each hold the next one twice have a
 * billion places. A large object that holds each of its parts once is none of that, however large it is.
 */
export class WalkBudget {
  /** Whether the walk had to stop. */
  isSpent = false;
  #visits = 0;
  #repeats = 0;
  #seen: WeakSet<object> | undefined;

  /**
   * Comes to an object.
   * @throws FlowError `VALIDATION_FAILED` when the walk has to stop; nobody but the walk sees it
   */
  visit(object: object): void {
    if (++this.#visits <= UNWATCHED) return;
    const seen = (this.#seen ??= new WeakSet());
    if (!seen.has(object)) seen.add(object);
    else if (++this.#repeats > MOST_REPEATS) this.#stop();
  }

  #stop(): never {
    this.isSpent = true;
    throw new FlowError('VALIDATION_FAILED', { message: SHARED_PARTS.sharedParts, hint: SHARED_PARTS_HINT });
  }
}
