import { hasMarker, isInstance } from './marker.js';

const IS_NON_RETRYABLE_ERROR: unique symbol = Symbol.for('penguiflow:non-retryable-error') as never;

/**
 * Thrown by a node to say that trying again is pointless: the retries that are left are not used.
 *
 * @example
 * ```ts
 * if (response.status === 404) throw new NonRetryableError(`no such order: ${id}`);
 * ```
 */
export class NonRetryableError extends Error {
  readonly [IS_NON_RETRYABLE_ERROR] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, IS_NON_RETRYABLE_ERROR, { enumerable: false });
  }

  override get name(): string {
    return 'NonRetryableError';
  }

  /** Tells whether a value is one, also across two installed copies of the package. */
  static is(value: unknown): value is NonRetryableError {
    return hasMarker(value, IS_NON_RETRYABLE_ERROR);
  }

  /** As {@link NonRetryableError.is}, for this class itself. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, NonRetryableError);
  }
}
