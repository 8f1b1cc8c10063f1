/** NUL, and surrogates without their other half: what databases cut texts at, or refuse. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const EACH_UNSTORABLE = /[\0\p{Surrogate}]/gu;

/**
 * A text as every store keeps it: NUL and lone surrogates are written out as `\\u0000` or `\\ud800`, since databases cut texts there, or
 * refuse them. That is not taken back when it is read, so a filter goes through here as well.
 *
 * @example
 * ```ts
 * storedText('fish\0'); // 'fish\\u0000'
 * ```
 */
export function storedText(text: string): string {
  return UNSTORABLE.test(text) ? text.replace(EACH_UNSTORABLE, writtenOut) : text;
}

/** A copy of a row or a query whose bytes nobody else has, and whose texts are as they are kept. */
export function storedCopy<Row extends object>(row: Row): Row {
  const entries = Object.entries(row) as [string, unknown][];
  return Object.fromEntries(entries.map(([name, value]) => [name, storedValue(value)])) as Row;
}

function storedValue(value: unknown): unknown {
  if (typeof value === 'string') return storedText(value);
  if (value instanceof Uint8Array) return value.slice();
  return typeof value === 'object' && value !== null ? storedCopy(value) : value;
}

function writtenOut(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
