import { hasMarker } from './flow-error.js';

const MARKER: unique symbol = Symbol.for('penguiflow:non-retryable-error') as never;

/**
 * Thrown by a node to say that trying again is pointless: the retries that are left are not used.
 *
 * @example
 * ```ts
 * if (response.status === 404) throw new NonRetryableError(`no such order: ${id}`);
 * ```
 */
export class NonRetryableError extends Error {
  readonly [MARKER] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, MARKER, { enumerable: false });
  }

  override get name(): string {
    return 'NonRetryableError';
  }

  /** Tells whether a value is one, also across two installed copies of the package. */
  static is(value: unknown): value is NonRetryableError {
    return hasMarker(value, MARKER);
  }
}
