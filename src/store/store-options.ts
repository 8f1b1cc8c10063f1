import { FlowError } from '../index.js';

/** The error for an option of a store or of a query. */
export function invalidStoreOption(option: string, owner: string, expected: string, got: unknown): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${expected}, got ${shown(got)}`,
    metadata: { option, owner },
  });
}

/** The error for an option that there is not. */
function unknownOption(option: string, known: readonly string[], owner: string): FlowError {
  const name = option.slice(0, 40);
  return new FlowError('INVALID_OPTION', {
    message: `Unknown option \`${name}\` of ${owner}`,
    metadata: { option: name, owner },
    hint: `Known options: ${known.join(', ')}.`,
  });
}

/**
 * An object whose fields are all known.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkKnown(options: unknown, known: readonly string[], owner: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidStoreOption('options', owner, 'an object', options);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw unknownOption(unknown, known, owner);
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

function shown(got: unknown): string {
  if (typeof got === 'string') return JSON.stringify(got.slice(0, 40));
  if (typeof got === 'number' || got === null) return String(got);
  return Array.isArray(got) ? 'a list' : typeof got;
}
