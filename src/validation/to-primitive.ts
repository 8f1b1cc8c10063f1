/** What stands for a value that has nothing in common with what it is to become. */
export const NONE: unique symbol = Symbol('none');

type Convert = (value: unknown) => unknown;

/**
 * The types of `@Type` that are converted to, and how, as class-transformer does it. An object of which nothing would be left
 * is {@link NONE}: every plain object is "[object Object]", NaN and true.
 */
const CONVERSIONS = new Map<unknown, Convert>([
  [String, toText],
  [Number, toNumber],
  [Boolean, toFlag],
  [Date, toDate],
  [Buffer, toBuffer],
]);

/** How a type of `@Type` is converted to; undefined for classes. */
export function primitiveConversion(type: unknown): Convert | undefined {
  return CONVERSIONS.get(type);
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function toText(value: unknown): unknown {
  if (typeof value === 'function') return NONE;
  const text = String(value);
  return isObject(value) && text.startsWith('[object ') ? NONE : text;
}

function toNumber(value: unknown): unknown {
  const number = Number(value);
  return isObject(value) && Number.isNaN(number) ? NONE : number;
}

function toFlag(value: unknown): unknown {
  return isObject(value) ? NONE : Boolean(value);
}

function toDate(value: unknown): unknown {
  if (value instanceof Date) return value;
  const date = new Date(value as string);
  return isObject(value) && Number.isNaN(date.getTime()) ? NONE : date;
}

function toBuffer(value: unknown): unknown {
  return Buffer.isBuffer(value) ? value : Buffer.from(value as string);
}
