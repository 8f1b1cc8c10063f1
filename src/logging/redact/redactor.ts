import { isError } from '../../errors/is-error.js';
import { cutLength } from '../lines/cut-text.js';
import { isCardDigits } from './card-number.js';
import type { RedactOptions } from './redact-options.js';
import { COUNT, looksSigned, SECRET, SecretKeys, SIGNATURE } from './secret-keys.js';
import { entriesOf, isSet } from './value-kinds.js';
import { hideSecrets, type TextRedaction } from './secret-text.js';

const DEFAULT_CENSOR = '[Redacted]';
const DEFAULT_MAX_CHARS = 8192;
/** Read beyond the cut, so that a secret that crosses it is recognised. */
const LOOK_AHEAD = 1024;
/** Short strings whose answer is kept: names of nodes, flows and tenants come back in every line. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_CHARS = 24;
/** A trace id as the runtime makes them. */
const PLAIN_ID = /^[0-9a-f]{32}$/;
/** The smallest number that has as many digits as a card. */
const LEAST_CARD = 1e13;
const LARGEST_CARD = 1e19;

/** Finds and hides secrets by key and by pattern, and cuts what is too long. */
export class Redactor {
  readonly censor: string;
  readonly keys: SecretKeys;
  readonly #text: TextRedaction;
  /** Longest text that is written. */
  readonly maxChars: number;
  readonly #active: boolean;
  readonly #known = new Map<string, string>();

  /** @param options - `false` hides nothing; strings are still cut */
  constructor(options: RedactOptions | false) {
    const chosen = options === false ? {} : options;
    this.#active = options !== false;
    this.censor = chosen.censor ?? DEFAULT_CENSOR;
    this.maxChars = chosen.maxChars ?? DEFAULT_MAX_CHARS;
    this.keys = new SecretKeys(chosen.keys);
    const patterns = (chosen.patterns ?? []).map((pattern) => new RegExp(pattern.source, withGlobal(pattern.flags)));
    this.#text = { keys: this.keys, patterns, censor: this.censor };
  }

  /** Whether anything is hidden at all. */
  get isActive(): boolean {
    return this.#active;
  }

  /** Whether the key names a secret. */
  isSecretKey(key: string): boolean {
    return this.#active && (this.keys.kindOf(key) & (SECRET | SIGNATURE)) !== 0;
  }

  /**
   * Whether the value under a secret key is hidden: one that is there, is no `true` or `false`, and counts nothing.
   * @param key - one that {@link isSecretKey} takes for that of a secret
   */
  isSecretValue(key: string, value: unknown): boolean {
    if (value === null || value === undefined || value === '' || typeof value === 'boolean') return false;
    const kind = this.keys.kindOf(key);
    if ((kind & SIGNATURE) !== 0) return typeof value === 'string' && looksSigned(value);
    return (kind & COUNT) === 0 || !areCounts(value);
  }

  /** Whether a number is a card number. */
  isSecretNumber(value: number | bigint): boolean {
    return this.#active && value > LEAST_CARD && value < LARGEST_CARD && isCardDigits(String(value));
  }

  /** The text without secrets, cut to the longest length that is written, or to a shorter one. */
  text(text: string, maxChars: number = this.maxChars): string {
    if (text.length > MAX_KNOWN_CHARS || text.length > maxChars) return this.#anyText(text, maxChars);
    let clean = this.#known.get(text);
    if (clean === undefined) {
      clean = this.#anyText(text, maxChars);
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(text, clean);
    }
    return clean;
  }

  #anyText(text: string, asked: number): string {
    if (this.#text.patterns.length === 0 && PLAIN_ID.test(text)) return text;
    const maxChars = Math.min(asked, this.maxChars);
    if (text.length <= maxChars) return this.#active ? hideSecrets(text, this.#text, text.length, false) : text;
    const part = text.slice(0, maxChars + LOOK_AHEAD);
    const length = cutLength(text, maxChars);
    const clean = this.#active
      ? hideSecrets(part, this.#text, length, part.length < text.length)
      : text.slice(0, length);
    return `${clean}... (${text.length - length} more characters)`;
  }
}

/** A number, or an object of numbers: `tokens: { input: 512, output: 30 }`. */
function areCounts(value: unknown): boolean {
  if (typeof value === 'number') return true;
  if (typeof value !== 'object' || value === null) return false;
  try {
    // What has its content elsewhere than in its properties says nothing by having none.
    if (isSet(value) || entriesOf(value) !== undefined || isError(value)) return false;
    if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') return false;
    return Object.values(value).every((each) => typeof each === 'number');
  } catch {
    return false;
  }
}

/** Finds every match, and each call anew. */
function withGlobal(flags: string): string {
  return `${flags.replace(/[gy]/g, '')}g`;
}
