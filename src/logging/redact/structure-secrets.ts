import type { FieldList } from '../lines/field-list.js';
import { secretsInList } from './argument-lists.js';
import type { KnownKeys } from './known-keys.js';
import type { Redactor } from './redactor.js';
import { isNameOfKey, KEY_TYPE, NAME, VALUE } from './secret-keys.js';

/** Members of a JSON web key that are its secret. */
const KEY_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Hides what the shape of a structure gives away as a secret, when its values have been made plain. */
export class StructureSecrets {
  readonly #redactor: Redactor;
  readonly #keys: KnownKeys;

  constructor(redactor: Redactor, keys: KnownKeys) {
    this.#redactor = redactor;
    this.#keys = keys;
  }

  /**
   * `{ name: 'API_KEY', value: '…' }`, and the private members of a JSON web key.
   * @param roles - those of all keys of the object
   */
  hideInObject(target: Record<string, unknown>, roles: number): void {
    if (!tellsOfSecrets(roles)) return;
    if ((roles & (NAME | VALUE)) === (NAME | VALUE)) {
      const entries = Object.entries(target);
      if (entries.some(([key, value]) => this.#isName(key, value)))
        for (const [key, value] of entries) if (this.#isValue(key, value)) target[key] = this.#redactor.censor;
    }
    if ((roles & KEY_TYPE) !== 0)
      for (const key of KEY_MEMBERS) if (Object.hasOwn(target, key)) target[key] = this.#redactor.censor;
  }

  /** The same for the fields of a line, from an index on. */
  hideInFields({ names, values }: FieldList, from: number, roles: number): void {
    const indexes = names.map((_, index) => index).slice(from);
    const isNamed = indexes.some((index) => this.#isName(names[index]!.name, values[index]));
    for (const index of indexes) {
      const { name } = names[index]!;
      const isMember = (roles & KEY_TYPE) !== 0 && KEY_MEMBERS.includes(name);
      if (isMember || (isNamed && this.#isValue(name, values[index]))) values[index] = this.#redactor.censor;
    }
  }

  /** `['authorization', '…']`, `['--password', '…']` */
  hideInList(list: unknown[]): void {
    if ((typeof list[0] !== 'string' && typeof list[1] !== 'string') || !this.#redactor.isActive) return;
    const textAt = (index: number): string | undefined => {
      const value = list[index];
      return typeof value === 'string' ? value : undefined;
    };
    for (const index of secretsInList(list.length, textAt, this.#redactor.keys))
      if (isHideable(list[index])) list[index] = this.#redactor.censor;
  }

  /** Whether it names a secret; of a path (`['user', 'password']`) the last part does. */
  #isName(key: string, value: unknown): boolean {
    if ((this.#keys.get(key).role & NAME) === 0) return false;
    const name: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof name === 'string' && isNameOfKey(name) && this.#redactor.isSecretKey(name);
  }

  #isValue(key: string, value: unknown): boolean {
    return (this.#keys.get(key).role & VALUE) !== 0 && isHideable(value);
  }
}

/** Whether an object may have secrets that its keys do not name. */
export function tellsOfSecrets(roles: number): boolean {
  return (roles & (NAME | VALUE)) === (NAME | VALUE) || (roles & KEY_TYPE) !== 0;
}

function isHideable(value: unknown): boolean {
  return value !== null && value !== '' && typeof value !== 'boolean';
}
