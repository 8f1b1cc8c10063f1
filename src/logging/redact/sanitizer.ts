import { FlowError } from '../../errors/flow-error.js';
import { isError } from '../../errors/is-error.js';
import { fieldName, type FieldList } from '../lines/field-list.js';
import { LEFT_OUT } from '../lines/fitted-record.js';
import { CleanValue } from './clean-value.js';
import { KnownKeys, type KnownKey } from './known-keys.js';
import { DEFAULT_LINE_CHARS, LineBudget } from './line-budget.js';
import { freeKey, isShadowed, keysOf, readKey } from './object-keys.js';
import type { Redactor } from './redactor.js';
import { ERROR_IDS } from './reserved-names.js';
import { labelOf } from './secret-keys.js';
import { StructureSecrets, tellsOfSecrets } from './structure-secrets.js';
import { isDigits, isLong, isPlain, SHORT_CHARS } from './short-values.js';
import { countOf, digitsOf, entriesOf, errorParts, isSet, safely, textOf, typeName, unboxed } from './value-kinds.js';

/** Deepest level of an object that is shown. */
const MAX_DEPTH = 12;
/** Most entries of one object or list that are shown. */
const MAX_ENTRIES = 500;
const LEFT_OUT_NAME = fieldName(LEFT_OUT);

/**
 * Turns any value into plain JSON values, without what the redactor takes for a secret and without more than a line has room for. Never
 * throws, whatever the value is: cycles, getters and proxies that throw, values that JSON does not know.
 */
export class Sanitizer {
  readonly #redactor: Redactor;
  readonly #keys: KnownKeys;
  readonly #secrets: StructureSecrets;
  readonly #budget: LineBudget;
  readonly #path: object[] = [];
  readonly #maxChars: number;
  #isBusy = false;

  /** @param maxChars - about how much of a line's values is shown */
  constructor(redactor: Redactor, maxChars: number = DEFAULT_LINE_CHARS) {
    this.#redactor = redactor;
    this.#keys = new KnownKeys(redactor);
    this.#secrets = new StructureSecrets(redactor, this.#keys);
    this.#budget = new LineBudget(maxChars);
    this.#maxChars = maxChars;
  }

  /** What stands in a secret's place. */
  get censor(): string {
    return this.#redactor.censor;
  }

  text(text: string): string {
    return this.#redactor.text(text);
  }

  /** Any value, as a field of its own. */
  value(value: unknown): unknown {
    if (this.#isBusy) return this.#another().value(value);
    this.#begin();
    try {
      return this.#value(value);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Whether a text ends in the name of a secret, so that what is written behind it is one: `token:`. */
  labelsSecret(text: string): boolean {
    const label = labelOf(text);
    return label !== undefined && this.#redactor.isSecretKey(label);
  }

  /**
   * Appends the fields of a line. Where sources have a key in common, the first one wins.
   * Keys that the line itself uses get an underscore.
   *
   * @param reserved - the source whose reserved fields are written as they are
   */
  fields(list: FieldList, sources: readonly object[], reserved?: object): void {
    if (this.#isBusy) return this.#another().fields(list, sources, reserved);
    this.#begin();
    try {
      this.#fields(list, sources, reserved);
    } finally {
      this.#isBusy = false;
    }
  }

  #fields(list: FieldList, sources: readonly object[], reserved: object | undefined): void {
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const keys = keysOf(source);
      const shown = Math.min(keys.length, MAX_ENTRIES);
      const first = list.names.length;
      const behind = index < sources.length - 1 ? MAX_ENTRIES : 0;
      let roles = 0;
      for (let at = 0; at < shown; at++) {
        const key = keys[at]!;
        if (index > 0 && isShadowed(key, sources, index)) continue;
        const value = readKey(source, key);
        if (value === undefined) continue;
        const known = this.#keys.get(key);
        if (source === reserved && known.isReserved && isPlain(value)) {
          list.add(known.field, value);
          continue;
        }
        if (isLong(value)) this.#budget.beginField(key, shown - at - 1 + behind);
        const exact = source === reserved && key === 'flow_error' ? ERROR_IDS : undefined;
        list.add(this.#freeField(list, known, key), this.#entry(known, key, value, exact));
        roles |= known.role;
      }
      if (tellsOfSecrets(roles)) this.#secrets.hideInFields(list, first, roles);
      if (keys.length > shown) this.#leaveOutFields(list, keys.slice(shown));
    }
    const { leftOut } = this.#budget;
    if (leftOut !== undefined) list.add(LEFT_OUT_NAME, this.text(leftOut));
  }

  #begin(): void {
    this.#isBusy = true;
    this.#budget.begin();
    this.#path.length = 0;
  }

  /** For a getter or a `toJSON` that logs, while the line is made that reads it. */
  #another(): Sanitizer {
    return new Sanitizer(this.#redactor, this.#maxChars);
  }

  /** The name of a field; a number behind one that redaction made the same as another. */
  #freeField(list: FieldList, known: KnownKey, key: string): KnownKey['field'] {
    const { field } = known;
    if (field.name === key) return field;
    let name = field.name;
    for (let number = 2; list.names.some((other) => other.name === name); number++) name = `${field.name} (${number})`;
    return name === field.name ? field : fieldName(name);
  }

  #entry(known: KnownKey, key: string, value: unknown, exact?: ReadonlySet<string>): unknown {
    if (known.isSecret && this.#redactor.isSecretValue(key, value)) return this.#redactor.censor;
    if (known.isIdentifier && isDigits(value)) return value;
    return this.#value(value, exact);
  }

  #leaveOutFields(list: FieldList, keys: readonly string[]): void {
    const some = keys.slice(0, 3).map((key) => this.#keys.get(key).shown);
    this.#budget.beginField('fields', 0);
    this.#budget.leaveOut(keys.length, 0);
    list.add(fieldName('...'), `${keys.length} more: ${some.join(', ')}${keys.length > some.length ? ', ...' : ''}`);
  }

  #value(value: unknown, exact?: ReadonlySet<string>): unknown {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        if (!Number.isFinite(value)) return null;
        return value > 999_999_999_999 && this.#redactor.isSecretNumber(value) ? this.#redactor.censor : value;
      case 'boolean':
        return value;
      case 'bigint':
        return this.#redactor.isSecretNumber(value) ? this.#redactor.censor : this.#string(digitsOf(value));
      case 'object':
        return value === null ? null : this.#guarded(value, exact);
      case 'function':
        return `[function ${this.#string(safely(() => value.name) ?? '') || 'anonymous'}]`;
      case 'symbol':
        return this.#string(value.toString());
      default:
        return null;
    }
  }

  #string(text: string): string {
    if (text.length <= SHORT_CHARS) {
      this.#budget.takeChars(text.length);
      return this.#redactor.text(text);
    }
    const { room } = this.#budget;
    const clean = this.#redactor.text(text, room);
    this.#budget.takeChars(clean.length);
    const most = Math.min(room, this.#redactor.maxChars);
    if (text.length > most) this.#budget.leaveOut(0, text.length - most);
    return clean;
  }

  #guarded(value: object, exact?: ReadonlySet<string>): unknown {
    if (this.#path.includes(value)) return '[Circular]';
    this.#budget.takeValue();
    this.#path.push(value);
    try {
      return this.#path.length > MAX_DEPTH ? this.#tooDeep(value) : this.#object(value, exact);
    } catch (error) {
      return `[threw ${this.text(typeName(error))}]`;
    } finally {
      this.#path.pop();
    }
  }

  /** A structure that is not shown, with the number of its entries. */
  #tooDeep(value: object): string {
    const count = countOf(value);
    this.#budget.leaveOut(count, 0);
    return `[${this.text(typeName(value))} of ${count}]`;
  }

  #object(value: object, exact?: ReadonlySet<string>): unknown {
    if (Array.isArray(value)) return this.#list(value, value.length);
    if (value instanceof CleanValue) return value.value;
    const entries = entriesOf(value);
    if (entries !== undefined) return this.#pairs(entries, value);
    if (isSet(value)) return this.#list(value, value.size);
    if (isError(value)) return this.#error(value);
    const text = textOf(value);
    if (text !== undefined) return text === null ? null : this.#string(text);
    const primitive = unboxed(value);
    if (primitive !== undefined) return this.#value(primitive);
    const toJson = (value as { readonly toJSON?: unknown }).toJSON;
    if (typeof toJson === 'function') {
      const plain: unknown = toJson.call(value, '');
      if (plain !== value) return this.#value(plain);
    }
    const target: Record<string, unknown> = {};
    this.#entries(target, value, never, exact);
    return target;
  }

  #entries(
    target: Record<string, unknown>,
    source: object,
    isLeftOut: (key: string) => boolean,
    exact?: ReadonlySet<string>,
    unread = 0,
  ): void {
    const keys = keysOf(source);
    let roles = 0;
    let isRenamed = Object.hasOwn(target, 'type');
    let index = 0;
    for (; index < keys.length && index < MAX_ENTRIES && !this.#budget.isSpent; index++) {
      const key = keys[index]!;
      if (isLeftOut(key)) continue;
      const value = readKey(source, key);
      if (value === undefined) continue;
      const known = this.#keys.get(key);
      this.#budget.takeChars(key.length);
      this.#budget.takeValue();
      const isExact = typeof value === 'string' && exact?.has(key) === true;
      // Keys that redaction changed may be the same as others.
      isRenamed ||= known.shown !== key;
      const shown = isRenamed ? freeKey(target, known.shown) : known.shown;
      target[shown] = isExact ? value : this.#entry(known, key, value);
      roles |= known.role;
    }
    this.#secrets.hideInObject(target, roles);
    const left = keys.length - index + unread;
    if (left > 0) {
      this.#budget.leaveOut(left, 0);
      target['...'] = `${left} more`;
    }
  }

  #list(values: Iterable<unknown>, length: number): unknown[] {
    const list: unknown[] = [];
    for (const value of values) {
      if (list.length >= MAX_ENTRIES || this.#budget.isSpent) {
        this.#budget.leaveOut(length - list.length, 0);
        list.push(`... ${length - list.length} more`);
        break;
      }
      this.#budget.takeValue();
      list.push(this.#value(value));
    }
    this.#secrets.hideInList(list);
    return list;
  }

  /** Entries whose keys may be anything, and may come more than once. */
  #pairs(entries: Iterable<readonly [unknown, unknown]>, container: object): unknown {
    const source = Object.create(null) as Record<string, unknown>;
    let shown = 0;
    for (const [key, value] of entries) {
      if (shown === MAX_ENTRIES || this.#budget.isSpent) break;
      source[freeKey(source, typeof key === 'string' ? key : JSON.stringify(this.#value(key)))] = value;
      shown++;
    }
    const target: Record<string, unknown> = {};
    this.#entries(target, source, never, undefined, Math.max(0, countOf(container) - shown));
    return target;
  }

  /** Type, message, stack and cause first, then whatever else the error carries. */
  #error(error: Error): unknown {
    const { type, message, stack, cause, errors, isLeftOut } = errorParts(error);
    const target: Record<string, unknown> = { type: this.#string(type), message: this.#string(message) };
    if (stack !== undefined) target['stack'] = this.#string(stack);
    this.#entries(target, error, isLeftOut, FlowError.is(error) ? ERROR_IDS : undefined);
    if (cause !== undefined) target['cause'] = this.#value(cause);
    if (errors !== undefined) target['errors'] = this.#value(errors);
    return target;
  }
}

const never = (): boolean => false;
