import { eachMatch } from './each-match.js';
import type { HiddenSpans } from './hidden-spans.js';
import { closeOf, quoteAt } from './quotes.js';
import type { SecretKeys } from './secret-keys.js';

/** A name and what stands between it and its values in a query or in the words of a validator. */
const COMPARED =
  /([\w.$-]{1,64})["'`\]]?[ \t]{1,4}(?:(?:not )?(?:i?like|in[ \t]{0,4}\()|with (?:the )?value|has (?:the )?value)[ \t]{0,4}(?=["'])/gi;
/** `"password" "…"`, as in maps of Lisps and in what Redis was asked. */
const PAIRED = /["']([\w.$-]{1,64})["'][ \t]{1,4}(?=["'])/g;
const IDENTIFIED = /\bidentified\s{1,4}(?:with\s{1,4}\S{1,64}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?(?=["'])/gi;
/** `Duplicate entry '…' for key 'users.token'` of MySQL. */
const ENTRY = /\bentry '([^'\n]{1,512})' for key '([^'\n]{1,128})'/gi;
const COLUMNS =
  /\b(?:insert|replace)\s{1,8}(?:ignore\s{1,8})?into\s{1,8}[\w."`[\]-]{1,128}\s{0,8}\(([^()]{1,2048})\)\s{0,8}values?\s{0,8}/gi;
const MORE = /\s{0,8},?\s{0,8}(?=\()/y;
const BETWEEN = /\s{0,8},\s{0,8}(?=["'])/y;
const PLAIN = /[^,()"']{1,256}/y;
const MAX_VALUES = 1000;

/** Hides what a query says of a secret column: `LIKE '…'`, `IN ('…')`, `IDENTIFIED BY '…'`, and the values of an `INSERT`. */
export function hideInQueries(text: string, keys: SecretKeys, spans: HiddenSpans): void {
  eachMatch(COMPARED, text, ({ 0: match, 1: name, index }) => {
    if (keys.has(name!)) hideQuotedList(text, index + match.length, spans);
  });
  eachMatch(PAIRED, text, ({ 0: match, 1: name, index }) => {
    const quote = keys.has(name!) ? quoteAt(text, index + match.length) : undefined;
    if (quote !== undefined) spans.add(quote.start, closeOf(text, quote).end);
  });
  if (!/identified|entry|values?/i.test(text)) return;
  eachMatch(IDENTIFIED, text, ({ 0: match, index }) => hideQuotedList(text, index + match.length, spans));
  eachMatch(ENTRY, text, ({ 0: match, 1: value, 2: name, index }) => {
    const start = index + match.indexOf("'") + 1;
    if (keys.has(name!)) spans.add(start, start + value!.length);
  });
  eachMatch(COLUMNS, text, ({ 0: match, 1: columns, index }) => {
    const secret = columns!.split(',').map((column) => keys.has(column.trim()));
    if (secret.includes(true)) hideRows(text, index + match.length, secret, spans);
  });
}

/** One text in quotes, or several with commas between them. */
function hideQuotedList(text: string, from: number, spans: HiddenSpans): void {
  for (let at = from, count = 0; count < MAX_VALUES; count++) {
    const quote = quoteAt(text, at);
    if (quote === undefined) return;
    const { end, next } = closeOf(text, quote);
    spans.add(quote.start, end);
    if (!matches(BETWEEN, text, next)) return;
    at = BETWEEN.lastIndex;
  }
}

/** `(…, …), (…, …)`: what stands where the columns are secret. */
function hideRows(text: string, from: number, secret: readonly boolean[], spans: HiddenSpans): void {
  let at = from;
  for (let rows = 0; rows < MAX_VALUES && matches(MORE, text, at); rows++) {
    at = MORE.lastIndex + 1;
    for (let column = 0; text[at] !== ')' && at < text.length;) {
      const quote = quoteAt(text, at);
      if (text[at] === ',') {
        column++;
        at++;
      } else if (quote === undefined) {
        at = matches(PLAIN, text, at) ? PLAIN.lastIndex : at + 1;
      } else {
        const { end, next } = closeOf(text, quote);
        if (secret[column] === true) spans.add(quote.start, end);
        at = next;
      }
      if (/\s/.test(text[at] ?? '')) at++;
    }
    at++;
  }
}

function matches(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
