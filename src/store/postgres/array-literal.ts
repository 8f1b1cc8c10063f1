/** Types of columns. */
export type ColumnKind = 'int2' | 'int4' | 'int8' | 'float8' | 'text' | 'bytea';

const NEEDS_ESCAPE = /["\\]/g;

/** The largest of each kind of whole number that a row may have. */
const LARGEST: Readonly<Partial<Record<ColumnKind, number>>> = {
  int2: 2 ** 15 - 1,
  int4: 2 ** 31 - 1,
  int8: Number.MAX_SAFE_INTEGER,
};

/** Why a column does not take a value; undefined when it does, or when the server has to say. */
export function whyNot(kind: ColumnKind, value: unknown): string | undefined {
  // Those are numbers of words, and every row has one.
  if (value === null) return kind === 'int2' ? 'there is no such word' : undefined;
  if (kind === 'text') return typeof value === 'string' ? undefined : `a ${typeof value} is no text`;
  if (kind === 'bytea') return value instanceof Uint8Array ? undefined : `a ${typeof value} is no Uint8Array`;
  if (typeof value !== 'number') return `a ${typeof value} is no number`;
  const largest = LARGEST[kind];
  if (largest === undefined || (Number.isInteger(value) && Math.abs(value) <= largest)) return undefined;
  return `${value} is no whole number of this size`;
}

/** A column of rows, as Postgres reads an array. */
export function arrayLiteral(kind: ColumnKind, values: readonly unknown[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : element(kind, value))).join(',')}}`;
}

function element(kind: ColumnKind, value: unknown): string {
  if (kind === 'text') return `"${(value as string).replaceAll(NEEDS_ESCAPE, String.raw`\$&`)}"`;
  if (kind !== 'bytea') return String(value);
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return String.raw`"\\x${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}"`;
}
