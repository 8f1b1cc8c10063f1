/** A quote that opens in a text: plain, escaped by the strings around it, or written as an entity. */
export interface OpenQuote {
  /** Where what is quoted begins. */
  readonly start: number;
  /** What closes it: one character, or the entity. */
  readonly mark: string;
  /** Backslashes before the quote: 1 in a string of JSON, 3 in a string in such a string. */
  readonly escapes: number;
}

/** Where what is quoted ends, and where the text goes on. */
export interface ClosedQuote {
  readonly end: number;
  readonly next: number;
}

const ENTITY = /(?:&quot;|&apos;|&#(?:x2[27]|3[49]);|%(?:25){0,4}2[27]|\\{1,8}u002[27]|\\{1,8}x2[27])/iy;
const CLOSING: Readonly<Record<string, string>> = { '“': '”', '‘': '’', '«': '»', '„': '“' };
const QUOTES = '"\'`';
/** Deeper nesting of strings in strings is read as the deepest. */
const MAX_ESCAPES = 255;

/** The quote that opens at an index; undefined when none does. */
export function quoteAt(text: string, index: number): OpenQuote | undefined {
  const char = text[index];
  if (char === undefined) return undefined;
  if (QUOTES.includes(char)) {
    const isTriple = text[index + 1] === char && text[index + 2] === char;
    return isTriple
      ? { start: index + 3, mark: char.repeat(3), escapes: 0 }
      : { start: index + 1, mark: char, escapes: 0 };
  }
  if (char === '\\') {
    let quote = index;
    while (text[quote] === '\\' && quote - index < MAX_ESCAPES) quote++;
    const mark = text[quote];
    if (mark !== undefined && QUOTES.includes(mark)) return { start: quote + 1, mark, escapes: quote - index };
  }
  if (char === '&' || char === '%' || char === '\\') {
    ENTITY.lastIndex = index;
    const entity = ENTITY.exec(text)?.[0];
    return entity === undefined ? undefined : { start: index + entity.length, mark: entity, escapes: 0 };
  }
  const closing = CLOSING[char];
  return closing === undefined ? undefined : { start: index + 1, mark: closing, escapes: 0 };
}

/** Where a quote closes; at the end of the text when it does not. */
export function closeOf(text: string, quote: OpenQuote): ClosedQuote {
  const { mark, start } = quote;
  if (mark.length > 1 || !QUOTES.includes(mark)) {
    const end = text.indexOf(mark, start);
    return end === -1 ? { end: text.length, next: text.length } : { end, next: end + mark.length };
  }
  for (let index = start; index < text.length; index++) {
    const from = index;
    while (text[index] === '\\') index++;
    if (text[index] !== mark) continue;
    const backslashes = index - from;
    if (closes(backslashes, quote.escapes)) return { end: Math.max(from, index - quote.escapes), next: index + 1 };
  }
  return { end: text.length, next: text.length };
}

/**
 * Whether a quote with so many backslashes before it closes one that was opened with `escapes` of them. A string within a
 * string doubles the backslashes and adds one for the quote; a quote that has fewer closes a string around it.
 */
function closes(backslashes: number, escapes: number): boolean {
  let left = backslashes;
  for (let level = escapes; level > 0; level = (level - 1) / 2) {
    if (left % 2 === 0) return true;
    left = (left - 1) / 2;
    if (level % 2 === 0) break;
  }
  return left % 2 === 0;
}
