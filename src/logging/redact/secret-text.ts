import { hideCards } from './card-number.js';
import { isCountKey, type SecretKeys } from './secret-keys.js';

/**
 * Secrets inside text. Every search here is linear in the length of the text: either a native `indexOf`, or a pattern
 * whose repetitions are bounded or cannot start again inside what they failed on.
 */
export type TextRule = (text: string, censor: string) => string;

const AUTH_SCHEME = /\b(bearer|basic|digest|token|apikey|negotiate)(\s{1,8})[\w.~+/=:-]{6,}/gi;
const VENDOR_TOKEN =
  /\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|[srp]k_(?:live|test)_\w{10,}|AIza[\w-]{30,}|npm_\w{20,}|sk-[\w-]{20,})/g;
const DOTTED_RUN = /[\w.-]{20,}/g;
const DIGIT_RUN = /\d(?:[ -]?\d){12,}/g;
const URL_END = /[\s"'<>`/?#\\]/;

/** `Bearer …`, `Basic …` and their like keep the scheme and lose the rest. */
export const authSchemes: TextRule = (text, censor) =>
  text.replace(AUTH_SCHEME, (_, scheme: string, gap: string) => `${scheme}${/[\r\n]/.test(gap) ? ' ' : gap}${censor}`);

/** Tokens that services mark with a prefix of their own. */
export const vendorTokens: TextRule = (text, censor) => text.replace(VENDOR_TOKEN, censor);

/** JSON web tokens, signed or encrypted: from `eyJ` to the end of the run of dots and base64url digits. */
export const webTokens: TextRule = (text, censor) => {
  if (!text.includes('eyJ')) return text;
  return text.replace(DOTTED_RUN, (run) => {
    const start = run.indexOf('eyJ');
    return start !== -1 && run.indexOf('.', start) !== -1 && run.length - start >= 20
      ? run.slice(0, start) + censor
      : run;
  });
};

/** Private key blocks; one without an end loses everything that follows. */
export const privateKeys: TextRule = (text, censor) => {
  let rest = text;
  let done = '';
  for (;;) {
    const start = rest.indexOf('-----BEGIN ');
    if (start === -1) return done + rest;
    const label = rest.slice(start + 11, start + 75);
    if (!label.includes('PRIVATE KEY')) {
      done += rest.slice(0, start + 11);
      rest = rest.slice(start + 11);
      continue;
    }
    const end = rest.indexOf('-----END ', start);
    const close = end === -1 ? -1 : rest.indexOf('-----', end + 9);
    done += rest.slice(0, start) + censor;
    if (close === -1) return done;
    rest = rest.slice(close + 5);
  }
};

/** `scheme://user:password@host` keeps the scheme and the host. */
export const urlCredentials: TextRule = (text, censor) => {
  let done = '';
  let from = 0;
  for (;;) {
    const scheme = text.indexOf('://', from);
    if (scheme === -1) return from === 0 ? text : done + text.slice(from);
    const start = scheme + 3;
    let end = start;
    let at = -1;
    while (end < text.length && !URL_END.test(text[end]!)) {
      if (text[end] === '@') at = end;
      end++;
    }
    done += text.slice(from, start);
    if (at === -1) {
      from = start;
    } else {
      done += censor;
      from = at;
    }
  }
};

/** Payment card numbers that pass the Luhn check, with or without spaces and dashes. */
export const cardNumbers: TextRule = (text, censor) =>
  text.replace(DIGIT_RUN, (run, index: number) => hideCards(run, censor, text, index));

const KEY_CHAR = /[\w.%-]/;
const MAX_KEY_CHARS = 64;
/** Headers whose value is everything up to the end of the line. */
const WHOLE_LINE = /(?:cookie|authorization)$/i;
const DIGITS = /^\d+$/;
const VALUE_END = /[\s,;&"'<>)}\]]/;

/** `password=…`, `"apiKey": "…"`, `?token=…`: the value after a secret key loses everything up to its end. */
export function keyedValues(keys: SecretKeys): TextRule {
  return (text, censor) => {
    let done = '';
    let from = 0;
    for (let index = 0; index < text.length; index++) {
      const char = text.charCodeAt(index);
      if (char !== 61 && char !== 58) continue; // = and :
      const key = keyBefore(text, index, from);
      if (key === '' || !keys.has(key)) continue;
      const [start, end] = valueAfter(text, index, key);
      if (end === start || text.startsWith(censor, start)) continue;
      if (isCountKey(key) && DIGITS.test(text.slice(start, end))) continue;
      done += text.slice(from, start) + censor;
      from = end;
      index = end - 1;
    }
    return from === 0 ? text : done + text.slice(from);
  };
}

function keyBefore(text: string, separator: number, from: number): string {
  let end = separator;
  while (end > from && separator - end < 4 && /[\s"'\\]/.test(text[end - 1]!)) end--;
  let start = end;
  while (start > from && end - start < MAX_KEY_CHARS && KEY_CHAR.test(text[start - 1]!)) start--;
  return text.slice(start, end);
}

function valueAfter(text: string, separator: number, key: string): [start: number, end: number] {
  let start = separator + 1;
  while (start < text.length && start - separator < 8 && /[ \t\\]/.test(text[start]!)) start++;
  const quote = text[start] === '"' || text[start] === "'" ? text[start]! : undefined;
  if (quote !== undefined) {
    const escaped = text[start - 1] === '\\';
    return [start + 1, closingQuote(text, start + 1, quote, escaped)];
  }
  let end = start;
  const stop = WHOLE_LINE.test(key) ? /[\r\n]/ : VALUE_END;
  while (end < text.length && !stop.test(text[end]!)) end++;
  return [start, end];
}

/** The quote that ends a string: one that is escaped exactly when the opening one was. */
function closingQuote(text: string, start: number, quote: string, escaped: boolean): number {
  for (let index = start; index < text.length; index++) {
    if (text[index] === '\\') {
      if (escaped && text[index + 1] === quote) return index;
      index++;
    } else if (text[index] === quote) {
      return index;
    }
  }
  return text.length;
}
