import { types } from 'node:util';
import { FlowError } from '../index.js';

/** The error for an argument of the test kit that cannot be. */
export function invalid(what: string, expected: string, got: unknown, hint?: string): FlowError {
  return new FlowError('INVALID_OPTION', { message: `Expected ${what} to be ${expected}, got ${describe(got)}`, hint });
}

/** What somebody passed, for the message. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return types.isPromise(value) ? 'a promise' : 'an object';
}
