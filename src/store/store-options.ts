import { FlowError } from '../index.js';

/** The error for an option of a store or of a query. */
export function invalidStoreOption(option: string, owner: string, expected: string, got: unknown): FlowError {
  const shown =
    typeof got === 'string' ? JSON.stringify(got.slice(0, 40)) : typeof got === 'number' ? String(got) : typeof got;
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${expected}, got ${shown}`,
    metadata: { option, owner },
  });
}

/**
 * A whole number from 1 to `max`.
 * @throws FlowError `INVALID_OPTION`
 */
export function readCount(
  option: string,
  owner: string,
  value: number | undefined,
  fallback: number,
  max: number,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidStoreOption(option, owner, `a whole number from 1 to ${max}`, value);
}
