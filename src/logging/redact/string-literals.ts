import { closeOf, quoteAt } from './quotes.js';

/** A string literal in a text: JSON's, or that of a language. */
export interface StringLiteral {
  /** Where what is quoted begins and ends. */
  readonly start: number;
  readonly end: number;
  /** The quotes around it. */
  readonly mark: string;
}

const BEFORE = /[\s{[(,:=>+]/;
const INSIDE = /[{[(,:=>]/;
const WORD = /[\w\\]/;
const ESCAPE = /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([^]))/gi;
const MEANINGS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '0': '\0' };
// oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
const SPECIAL = /[\\\u0000-\u001f]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const LAST_CODE_POINT = 0x10_ff_ff;

/** The literals in a text that have escapes in them: what they say can only be read when these are undone. */
export function literalsIn(text: string): StringLiteral[] {
  const literals: StringLiteral[] = [];
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char !== '"' && char !== "'" && char !== '`') continue;
    const before = index === 0 ? ' ' : text[index - 1]!;
    if (!BEFORE.test(before)) continue;
    const quote = quoteAt(text, index)!;
    const { end, next } = closeOf(text, quote);
    const isClosed = next > end;
    if (isClosed ? WORD.test(text[next] ?? ' ') : !INSIDE.test(before) && index > 0) continue;
    if (text.slice(quote.start, end).includes('\\')) literals.push({ start: quote.start, end, mark: quote.mark });
    index = next - 1;
  }
  return literals;
}

/** What a literal must say to mean a text. */
export function escaped(text: string, mark: string): string {
  return text
    .replace(SPECIAL, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll(mark, `\\${mark}`);
}

/** What a literal means. */
export function unescape(content: string): string {
  return content.replace(ESCAPE, (_, point?: string, unit?: string, byte?: string, char?: string) => {
    const code = point ?? unit ?? byte;
    if (code === undefined) return MEANINGS[char!] ?? char!;
    const value = Number.parseInt(code, 16);
    return value > LAST_CODE_POINT ? '\ufffd' : String.fromCodePoint(value);
  });
}
