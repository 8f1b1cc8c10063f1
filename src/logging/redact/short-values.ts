/** Texts that always have room. */
export const SHORT_CHARS = 64;
const DIGITS = /^\d{13,19}$/;

export function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** Whether a value may take much of a line. */
export function isLong(value: unknown): boolean {
  return typeof value === 'string' ? value.length > SHORT_CHARS : typeof value === 'object';
}

export function isDigits(value: unknown): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && DIGITS.test(value);
}
