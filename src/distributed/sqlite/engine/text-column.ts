import type { SqlValue } from '../../../store/sql/sql-value.js';

/** A text as a column of any type keeps it: drivers cut texts at NUL, so that one with it goes as bytes. */
export function textIn(text: string): SqlValue {
  return text.includes('\0') ? Buffer.from(text, 'utf8') : text;
}

export function textOut(value: unknown): string {
  if (typeof value === 'string') return value;
  return Buffer.from(value as Uint8Array).toString('utf8');
}
