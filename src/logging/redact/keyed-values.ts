import type { HiddenSpans } from './hidden-spans.js';
import { keyBefore, type KeyBefore } from './key-before.js';
import {
  COUNT,
  isNameOfKey,
  looksSigned,
  NAME,
  QUERY,
  SECRET,
  SIGNATURE,
  VALUE,
  type SecretKeys,
} from './secret-keys.js';
import { valueAfter, type Extent } from './value-extent.js';

/** A name with its separator. */
interface Keyed {
  readonly key: KeyBefore;
  /** Where the separator is, and where it ends. */
  readonly separator: number;
  readonly next: number;
  readonly isEncoded: boolean;
}

const ENCODED_SEPARATOR = /%(?:25){0,4}3[AD]/iy;
/** Keys whose value is the rest of the line. */
const LINE_KEY = /(?:cookies?|authorization|passphrase|mnemonic|phrase)$/i;
/** `authorization=Bearer …` in a line of other fields: schemes with one word, and the others. */
const SIMPLE_SCHEME = /(?:basic|bearer|token|negotiate|ntlm|apikey|jwt|dpop|key)[ \t]{1,8}/iy;
const OTHER_SCHEME = /[A-Za-z][\w-]{2,31}[ \t]/y;
/** What stands behind a secret key and is none. */
const NO_SECRET = /^(?:true|false|null|undefined|none|nil|nan|void|\[\]|\{\})$/i;
const NUMBER = /^\d+(?:\.\d+)?$/;
const MAX_COUNTS_CHARS = 200;
/** An authorization code in a URL, and no status. */
const QUERY_CODE = /^(?=\D*\d)[\w.~%/+-]{8,256}$/;
const SIGNED_VALUE = /[\s=:>]{0,8}(?:\\{0,7}["'`]|&quot;)?([\w+/=.:%-]{8,256})/y;
const QUOTED_NAME = /[\s=:>]{0,8}(?:\[(?:[^[\]{}\n]{0,256},)?\s{0,8})?(\\{0,7}["'`]|&quot;)([^"'`\\&\n]{1,80})\1/y;
const BARE_NAME = /[\s=:>]{0,8}([\w.$@/-]{1,80})(?=[\s,;&"'<>)}\]|\\]|$)/y;
const FORM_PART = /form-data;?\s{0,8}name$/i;
const BLANK_LINE = /\r?\n\r?\n/;
const MAX_PART_HEADERS = 512;

/**
 * Hides the values of secret keys in a text, whatever notation they are in: `password=…`, `"apiKey": "…"`, `?token=…`,
 * `'pwd' => '…'`, and `name: API_KEY` with its `value: …`.
 */
export class KeyedValues {
  readonly #text: string;
  readonly #keys: SecretKeys;
  readonly #spans: HiddenSpans;
  /** Where the last hidden value ended: nothing before it is read again. */
  #from = 0;
  /** A `name:` named a secret, and its `value:` has not come yet. */
  #isNamed = false;
  /** The last `value:` that had no name before it. */
  #unnamed: Keyed | undefined;

  constructor(text: string, keys: SecretKeys, spans: HiddenSpans) {
    this.#text = text;
    this.#keys = keys;
    this.#spans = spans;
  }

  /** Reads the text once, from the front. */
  hide(): void {
    const text = this.#text;
    for (let index = 0; index < text.length; index = Math.max(index + 1, this.#from)) {
      const char = text.charCodeAt(index);
      if (char === 61 || char === 58 || char === 0xff1d || char === 0xff1a) {
        this.#read(index, index + 1, false); // = and :, also those of full width
      } else if (char === 62 && text[index - 1] === '-') {
        this.#read(index - 1, index + 1, false); // ->
      } else if (char === 37) {
        ENCODED_SEPARATOR.lastIndex = index;
        if (ENCODED_SEPARATOR.test(text)) this.#read(index, ENCODED_SEPARATOR.lastIndex, true);
      }
    }
  }

  #read(separator: number, next: number, isEncoded: boolean): void {
    const key = keyBefore(this.#text, separator, this.#from, this.#keys);
    if (key === undefined) return;
    const keyed = { key, separator, next, isEncoded };
    if ((key.kind & SECRET) !== 0) this.#secret(keyed);
    else if (key.isQuery && (key.kind & QUERY) !== 0) this.#parameter(keyed);
    else if (key.kind === SIGNATURE) this.#signature(keyed);
    else if ((key.kind & NAME) !== 0) this.#name(keyed);
    else if ((key.kind & VALUE) !== 0) this.#value(keyed);
  }

  #secret(keyed: Keyed): void {
    const { kind } = keyed.key;
    this.#secretIf(keyed, (value) => !NO_SECRET.test(value) && ((kind & COUNT) === 0 || !areCounts(value)));
  }

  #secretIf(keyed: Keyed, isSecret: (value: string) => boolean): void {
    const extent = this.#extentOf(keyed);
    if (isSecret(this.#text.slice(extent.start, extent.end))) this.#hide(extent);
  }

  #parameter(keyed: Keyed): void {
    if (keyed.key.name.toLowerCase() === 'code') this.#secretIf(keyed, (value) => QUERY_CODE.test(value));
    else this.#secret(keyed);
  }

  /** Of a web hook or of a method: the form of the value tells. */
  #signature(keyed: Keyed): void {
    SIGNED_VALUE.lastIndex = keyed.next;
    const value = SIGNED_VALUE.exec(this.#text)?.[1];
    if (value !== undefined && looksSigned(value)) this.#hide(this.#extentOf(keyed));
  }

  /** `name: "API_KEY"`: its `value` is a secret, whichever of the two comes first. */
  #name({ next }: Keyed): void {
    const unnamed = this.#unnamed;
    this.#unnamed = undefined;
    QUOTED_NAME.lastIndex = next;
    BARE_NAME.lastIndex = next;
    const name = QUOTED_NAME.exec(this.#text)?.[2] ?? BARE_NAME.exec(this.#text)?.[1];
    this.#isNamed = name !== undefined && isNameOfKey(name) && this.#keys.has(name);
    if (!this.#isNamed || this.#isPartOfForm(next)) return;
    if (unnamed === undefined) return;
    this.#isNamed = false;
    this.#secret(unnamed);
  }

  #value(keyed: Keyed): void {
    if (this.#isNamed) this.#secret(keyed);
    else this.#unnamed = keyed;
    this.#isNamed = false;
  }

  /** Hides a part of a multipart form: its value is what comes behind the blank line. */
  #isPartOfForm(next: number): boolean {
    const text = this.#text;
    if (!FORM_PART.test(text.slice(Math.max(0, next - 32), next - 1))) return false;
    const blank = BLANK_LINE.exec(text.slice(next, next + MAX_PART_HEADERS));
    if (blank === null) return false;
    const start = next + blank.index + blank[0].length;
    const end = text.indexOf('\n--', start);
    this.#isNamed = false;
    this.#hide({ start, end: end === -1 ? text.length : end });
    return true;
  }

  #extentOf({ key, separator, next, isEncoded }: Keyed): Extent {
    const text = this.#text;
    const { start: keyStart, enclosing } = key;
    if (isEncoded || !LINE_KEY.test(key.name))
      return valueAfter(text, next, { keyStart, enclosing, isEncoded, isLine: false });
    const isField = text[separator] === '=' && /\S/.test(text[next] ?? ' ');
    if (!isField || !/authorization$/i.test(key.name))
      return valueAfter(text, next, { keyStart, enclosing, isEncoded, isLine: true });
    SIMPLE_SCHEME.lastIndex = next;
    if (SIMPLE_SCHEME.test(text)) {
      const { end } = valueAfter(text, SIMPLE_SCHEME.lastIndex, { keyStart, enclosing, isEncoded, isLine: false });
      return { start: next, end };
    }
    OTHER_SCHEME.lastIndex = next;
    return valueAfter(text, next, { keyStart, enclosing, isEncoded, isLine: OTHER_SCHEME.test(text) });
  }

  #hide({ start, end }: Extent): void {
    this.#spans.add(start, end);
    this.#from = Math.max(this.#from, end);
  }
}

/** One number, or a structure of numbers: `{"input":512,"output":30}`. */
function areCounts(value: string): boolean {
  if (NUMBER.test(value)) return true;
  if (value.length > MAX_COUNTS_CHARS || !/^[{[]/.test(value)) return false;
  return !/["'][^"']*["']\s*[,}\]]|[:,[]\s*[A-Za-z]/.test(value.replace(/([{,]\s*)["']?\w+["']?\s*:/g, '$1'));
}
