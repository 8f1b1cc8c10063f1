import { fieldName, type FieldName } from '../lines/field-list.js';
import { LINE_KEYS } from '../lines/log-record.js';
import type { Redactor } from './redactor.js';
import { RESERVED_NAMES } from './reserved-names.js';
import { isIdentifierKey, KEY_TYPE, NAME, VALUE } from './secret-keys.js';

/** What there is to know about a key of an object, worked out once. */
export interface KnownKey {
  /** The key without secrets in it. */
  readonly shown: string;
  /** The key as the name of a line's field. */
  readonly field: FieldName;
  readonly isSecret: boolean;
  /** Its digits name something, and are no card number. */
  readonly isIdentifier: boolean;
  readonly isReserved: boolean;
  /** What it is in objects like `{ name: 'API_KEY', value: '…' }`: `NAME`, `VALUE`, both of them or 0; or `KEY_TYPE`. */
  readonly role: number;
}

const MAX_KEYS = 2000;
const MAX_KEY_CHARS = 200;

/** The keys that lines use, again and again. */
export class KnownKeys {
  readonly #redactor: Redactor;
  readonly #known = new Map<string, KnownKey>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  get(key: string): KnownKey {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#look(key);
      if (this.#known.size >= MAX_KEYS) this.#known.clear();
      if (key.length <= MAX_KEY_CHARS) this.#known.set(key, known);
    }
    return known;
  }

  #look(key: string): KnownKey {
    const shown = this.#shown(key);
    const isReserved = RESERVED_NAMES.has(key);
    return {
      shown,
      field: fieldName(LINE_KEYS.has(key) ? `${key}_` : shown, isReserved),
      isSecret: this.#redactor.isSecretKey(key),
      isIdentifier: isIdentifierKey(key),
      isReserved,
      role: this.#redactor.isActive ? this.#redactor.keys.kindOf(key) & (NAME | VALUE | KEY_TYPE) : 0,
    };
  }

  #shown(key: string): string {
    if (key === '__proto__') return '__proto';
    return this.#redactor.text(key, MAX_KEY_CHARS);
  }
}
