import { isCardDigits } from './card-number.js';
import type { RedactOptions } from './redact-options.js';
import { isCountKey, SecretKeys } from './secret-keys.js';
import {
  authSchemes,
  cardNumbers,
  keyedValues,
  privateKeys,
  urlCredentials,
  vendorTokens,
  webTokens,
  type TextRule,
} from './secret-text.js';
import { cutText } from './cut-text.js';

const DEFAULT_CENSOR = '[Redacted]';
const DEFAULT_MAX_CHARS = 8192;
/** Read beyond the cut, so that a secret that crosses it is recognised. */
const LOOK_AHEAD = 1024;
/** Short strings whose answer is kept: names of nodes, flows and tenants come back in every line. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_CHARS = 24;
/** Text without any of these holds none of the secrets that the rules know. */
const MAY_HOLD_SECRET = /[=:]|eyJ|-----|\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d|[-_][\w-]{9}|\s|AKIA|ASIA|AIza/;
/** A trace id as the runtime makes them. */
const PLAIN_ID = /^[0-9a-f]{32}$/;

/** Finds and hides secrets by key and by pattern, and cuts what is too long. */
export class Redactor {
  readonly censor: string;
  readonly #keys: SecretKeys;
  readonly #rules: readonly TextRule[];
  readonly #own: readonly RegExp[];
  readonly #maxChars: number;
  readonly #active: boolean;
  readonly #known = new Map<string, string>();

  /** @param options - `false` hides nothing; strings are still cut */
  constructor(options: RedactOptions | false) {
    const chosen = options === false ? {} : options;
    this.#active = options !== false;
    this.censor = chosen.censor ?? DEFAULT_CENSOR;
    this.#maxChars = chosen.maxChars ?? DEFAULT_MAX_CHARS;
    this.#keys = new SecretKeys(chosen.keys);
    this.#own = (chosen.patterns ?? []).map((pattern) => new RegExp(pattern.source, withGlobal(pattern.flags)));
    this.#rules = [
      privateKeys,
      urlCredentials,
      authSchemes,
      webTokens,
      vendorTokens,
      keyedValues(this.#keys),
      cardNumbers,
    ];
  }

  /** Whether the key names a secret. */
  isSecretKey(key: string): boolean {
    return this.#active && this.#keys.has(key);
  }

  /** Whether the value under this key is hidden. */
  isSecret(key: string, value: unknown): boolean {
    return this.#active && this.#keys.has(key) && value !== null && !(typeof value === 'number' && isCountKey(key));
  }

  /** Whether a number is a card number. */
  isSecretNumber(value: number | bigint): boolean {
    return this.#active && value > 999_999_999_999 && isCardDigits(String(value));
  }

  /** The text without secrets, cut to the longest length that is written. */
  text(text: string): string {
    if (text.length > MAX_KNOWN_CHARS) return this.#anyText(text);
    let clean = this.#known.get(text);
    if (clean === undefined) {
      clean = this.#anyText(text);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(text, clean);
    }
    return clean;
  }

  #anyText(text: string): string {
    if (this.#own.length === 0 && PLAIN_ID.test(text)) return text;
    const isLong = text.length > this.#maxChars;
    const part = isLong ? text.slice(0, this.#maxChars + LOOK_AHEAD) : text;
    const clean = this.#active ? this.#hide(part) : part;
    if (!isLong && clean.length <= this.#maxChars) return clean;
    const left = text.length - this.#maxChars;
    return left > 0 ? `${cutText(clean, this.#maxChars)}... (${left} more characters)` : clean;
  }

  #hide(text: string): string {
    let clean = text;
    if (MAY_HOLD_SECRET.test(clean)) for (const rule of this.#rules) clean = rule(clean, this.censor);
    for (const pattern of this.#own) clean = clean.replace(pattern, () => this.censor);
    return clean;
  }
}

/** Finds every match, and each call anew. */
function withGlobal(flags: string): string {
  return `${flags.replace(/[gy]/g, '')}g`;
}
