import {
  ABOUT,
  ACCIDENTS,
  ANYWHERE,
  BEHIND,
  CARDS,
  IDENTIFIERS,
  LAST,
  LAST_ENDS,
  NAME_KEYS,
  OTHER_ENDS,
  QUERY_KEYS,
  SECRET_IDS,
  SIGNED_CODE,
  TICKETS,
  VALUE_KEYS,
  VARIANT,
  WHOLE,
} from './key-names.js';
import { wordsOf } from './key-words.js';

/** The value is a secret. */
export const SECRET = 1;
/** It is one unless it is a number: `budget_tokens: 512`, `pass: 3`. */
export const COUNT = 32;
/** It is one if it looks like a signature of cryptography's. */
export const SIGNATURE = 2;
/** It may be the name of a secret, whose value stands under a key of the kind `VALUE`: `{ name: 'API_KEY', value: '…' }`. */
export const NAME = 4;
export const VALUE = 8;
/** It is a secret as a parameter of a URL. */
export const QUERY = 16;
/** The object is a JSON web key. */
export const KEY_TYPE = 64;

/** How the names of secrets begin; a key without any of these needs no closer look. */
const BEGINNINGS = new RegExp(
  [...new Set([...ANYWHERE, ...LAST, ...WHOLE, ...Object.keys(BEHIND), ...SECRET_IDS, 'signature'])]
    .map((name) => name.slice(0, 3))
    .filter((beginning, index, all) => all.indexOf(beginning) === index)
    .join('|'),
  'i',
);
const MAX_CACHED = 2000;
const MAX_KEY_CHARS = 256;
const DIGITS = /^\p{N}+$/u;

/**
 * Decides whether a key names a secret, by its words: `apiKey`, `API_KEY`, `api-key` and `Api Key` are one name. Answers are
 * kept, because lines use the same keys again and again.
 */
export class SecretKeys {
  /** Whether there are keys besides the built-in ones. */
  readonly hasOwnKeys: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];
  readonly #known = new Map<string, number>();

  /** @param own - more keys: names (compared like the built-in ones) or patterns (tested on the key as it is) */
  constructor(own: readonly (string | RegExp)[] = []) {
    this.hasOwnKeys = own.length > 0;
    this.#names = new Set(own.filter((key) => typeof key === 'string').map((key) => wordsOf(key).join('')));
    this.#patterns = own
      .filter((key) => key instanceof RegExp)
      .map((key) => new RegExp(key.source, key.flags.replace(/[gy]/g, '')));
  }

  has(key: string): boolean {
    return (this.kindOf(key) & SECRET) !== 0;
  }

  /** What a key says about its value, or about that of another key. */
  kindOf(key: string): number {
    let kind = this.#known.get(key);
    if (kind === undefined) {
      kind = this.#decide(key) ? SECRET | (isCountKey(key) ? COUNT : 0) : otherKind(key.toLowerCase());
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      if (key.length <= MAX_KEY_CHARS) this.#known.set(key, kind);
    }
    return kind;
  }

  #decide(key: string): boolean {
    if (!this.hasOwnKeys && !BEGINNINGS.test(key)) return false;
    const short = key.length > MAX_KEY_CHARS ? key.slice(-MAX_KEY_CHARS) : key;
    if (this.#patterns.some((pattern) => pattern.test(short))) return true;
    const words = wordsOf(short);
    return this.#names.has(words.join('')) || isSecretName(words);
  }
}

/** `budget_tokens: 512` counts what a language model reads, `pass: 3` the tests that passed. */
function isCountKey(key: string): boolean {
  const words = wordsOf(key);
  return words.at(-1) === 'tokens' || (words.length === 1 && words[0] === 'pass');
}

/** Whether the value of a key names an order, a phone, a moment or the like, so that its digits are no card. */
export function isIdentifierKey(key: string): boolean {
  const words = withoutDigits(wordsOf(key));
  if (words.some((word) => CARDS.has(word))) return false;
  const last = words.at(-1);
  if (last === undefined) return false;
  if (last === 'number' || last === 'num') return words.length > 1;
  return IDENTIFIERS.has(last) || last.endsWith('id');
}

function isSecretName(words: readonly string[]): boolean {
  const name = words.join('');
  if (WHOLE.has(name) || SECRET_IDS.some((end) => name.endsWith(end))) return true;
  const numberless = withoutDigits(words);
  const last = numberless.at(-1);
  if (last === undefined || ABOUT.has(last)) return false;
  if (ANYWHERE.some((part) => name.includes(part)) && !ACCIDENTS.some((part) => name.includes(part))) return true;
  return endsInSecret(numberless) || endsInSecret(withoutVariants(numberless));
}

function endsInSecret(words: readonly string[]): boolean {
  const last = words.at(-1);
  if (last === undefined) return false;
  const before = words.at(-2);
  if (last === 'signature') return before !== undefined && !SIGNED_CODE.has(before);
  if (last === 'pass' && before !== undefined && TICKETS.has(before)) return false;
  if (LAST.has(last)) return true;
  if (before !== undefined && Object.hasOwn(BEHIND, last) && BEHIND[last]!.has(before)) return true;
  return LAST_ENDS.some((end) => last.endsWith(end)) && !OTHER_ENDS.has(last);
}

function withoutDigits(words: readonly string[]): readonly string[] {
  let end = words.length;
  while (end > 1 && DIGITS.test(words[end - 1]!)) end--;
  return words.slice(0, end);
}

function withoutVariants(words: readonly string[]): readonly string[] {
  let end = words.length;
  while (end > 1 && (VARIANT.has(words[end - 1]!) || DIGITS.test(words[end - 1]!))) end--;
  return words.slice(0, end);
}

function otherKind(lower: string): number {
  if (lower === 'signature') return SIGNATURE; // of a web hook or of a method
  if (lower === 'kty') return KEY_TYPE;
  return (NAME_KEYS.has(lower) ? NAME : 0) | (VALUE_KEYS.has(lower) ? VALUE : 0) | (QUERY_KEYS.has(lower) ? QUERY : 0);
}

const SIGNED = /^(?:[\w-]{1,16}=)?(?=\D*\d)[\w+/=.:%-]{8,}$/;

/** Whether a value looks like a signature of cryptography's, and not like that of a method. */
export function looksSigned(value: string): boolean {
  return SIGNED.test(value);
}

const NAME_OF_KEY = /^[\w.$@:/-]{1,80}(?: [\w.$@:/-]{1,80}){0,2}$/;

/** Whether a text can be the name of a key, and is no sentence that speaks of one. */
export function isNameOfKey(text: string): boolean {
  return text.length <= 80 && NAME_OF_KEY.test(text);
}

/** A name and its separator at the end of a message, behind which its value is written. */
const LABEL = /(?:^|[\s"'({[,])([\w.$@-]{1,64})["']?\s{0,4}[:=]\s{0,4}$/;

/** The name that a message ends in, as `login with token:` does, or is as a whole. */
export function labelOf(text: string): string | undefined {
  return LABEL.exec(text.slice(-80))?.[1] ?? (isNameOfKey(text) && !text.includes(' ') ? text : undefined);
}
