import { FlowError, type Class } from '../../index.js';
import { invalidOption } from '../option-check.js';
import { OWN_TYPES } from './own-types.js';
import { checkWireName } from './wire-name.js';
import { isWireType, type WireType } from './wire-type.js';
import { wireNameOf } from './wire.js';

/**
 * The classes whose instances cross: by the name that each has on the wire, or a list of classes that have one by `@Wire`. A class that
 * is more than its fields stands there as {@link wire} makes it.
 */
export type WireTypes = Readonly<Record<string, Class | WireType>> | readonly (Class | WireType)[];

/** A class and how its instances cross: as their fields, where it says nothing. */
export interface WireEntry {
  readonly name: string;
  readonly target: Class;
  readonly encode?: (value: never) => unknown;
  readonly decode?: (data: never) => unknown;
}

/** The classes that a flow sends and takes, by name and by prototype. */
export class TypeBook {
  readonly #owner: string;
  readonly #byName = new Map<string, WireEntry>();
  readonly #byPrototype = new Map<object, WireEntry>();

  /**
   * @param owner - whose `types` they are, for messages: `@Distributed on Orders`
   * @throws FlowError `INVALID_OPTION` for a class without a name, two of one name, and a class that needs `wire` and has none
   */
  constructor(types: WireTypes | undefined, owner: string) {
    this.#owner = owner;
    for (const { name, target, encode, decode } of OWN_TYPES) this.#keep({ name, target, encode, decode });
    if (types === undefined) return;
    const given: unknown = types;
    if (typeof given !== 'object' || given === null) {
      throw invalidOption('types', owner, 'classes by name, as in `{ doc: Doc }`', given);
    }
    if (Array.isArray(given)) for (const each of given as readonly unknown[]) this.#add(undefined, each);
    else for (const [name, each] of Object.entries(types)) this.#add(name, each);
  }

  /** The names that users gave, in alphabetical order. */
  get names(): readonly string[] {
    const own = new Set(OWN_TYPES.map(({ name }) => name));
    return [...this.#byName.keys()].filter((name) => !own.has(name)).sort();
  }

  /** One that knows these classes, too, as far as they have a name by `@Wire`. */
  with(classes: Iterable<Class>): TypeBook {
    const book = new TypeBook(undefined, this.#owner);
    for (const entry of this.#byName.values()) book.#keep(entry);
    for (const target of classes) {
      if (!book.#byPrototype.has(prototypeOf(target)) && wireNameOf(target) !== undefined) book.#add(undefined, target);
    }
    return book;
  }

  /** Whether instances of a class cross: its own, or those of a class that extends it. */
  knows(target: Class): boolean {
    const base = prototypeOf(target);
    return [...this.#byPrototype.keys()].some(
      (each) => each === base || Object.prototype.isPrototypeOf.call(base, each),
    );
  }

  named(name: string): WireEntry | undefined {
    return this.#byName.get(name);
  }

  /** How an instance crosses; of a subclass that is not listed itself nothing is known. */
  entryOf(value: object, prototype: object): WireEntry | undefined {
    const entry = this.#byPrototype.get(prototype);
    if (entry !== undefined) return entry;
    const own = OWN_TYPES.find(({ is }) => is(value));
    return own !== undefined && isRoot(prototype) ? this.#byName.get(own.name) : undefined;
  }

  #add(key: string | undefined, given: unknown): void {
    const { target, ...ways } = isWireType(given) ? given : { target: given };
    const at = key === undefined ? 'types' : `types.${key}`;
    if (typeof target !== 'function' || typeof target.prototype !== 'object' || target.prototype === null) {
      const hint = 'A class that is undefined here was imported in a circle: move one of the two to a file of its own.';
      throw invalidOption(at, this.#owner, 'a class, or what `wire` makes of one', target, hint);
    }
    const named = target as Class;
    const name = this.#nameFor(key, named);
    if (!('encode' in ways)) this.#checkFields(at, named);
    this.#checkUnique(name, named);
    this.#keep({ name, target: named, ...ways });
  }

  #keep(entry: WireEntry): void {
    this.#byName.set(entry.name, entry);
    this.#byPrototype.set(prototypeOf(entry.target), entry);
  }

  #nameFor(key: string | undefined, target: Class): string {
    const own = wireNameOf(target);
    if (key === undefined && own === undefined) {
      const name = target.name || 'a class';
      throw new FlowError('INVALID_OPTION', {
        message: `${name} in \`types\` of ${this.#owner} has no wire name: that of the class changes with a minifier`,
        metadata: { option: 'types', owner: this.#owner, class: target.name },
        hint: `Write \`types: { name: ${name} }\`, or put \`@Wire('name')\` on it.`,
      });
    }
    if (key === undefined) return own as string;
    checkWireName(key, `\`types\` of ${this.#owner}`);
    if (own === undefined || own === key) return key;
    throw new FlowError('INVALID_OPTION', {
      message: `${target.name || 'A class'} has two wire names: "${key}" in \`types\` of ${this.#owner}, and "${own}" by @Wire`,
      metadata: { option: `types.${key}`, owner: this.#owner, class: target.name },
      hint: 'Keep one of the two names, the one that messages in queues bear.',
    });
  }

  #checkUnique(name: string, target: Class): void {
    const other = this.#byName.get(name);
    if (other !== undefined && other.target !== target) {
      throw new FlowError('INVALID_OPTION', {
        message: `"${name}" in \`types\` of ${this.#owner} is the wire name of two classes: ${label(other.target)} and ${label(target)}`,
        metadata: { option: `types.${name}`, owner: this.#owner, class: target.name },
        hint: 'Give each class a name of its own.',
      });
    }
    const before = this.#byPrototype.get(prototypeOf(target));
    if (before === undefined || before.name === name) return;
    throw new FlowError('INVALID_OPTION', {
      message: `${label(target)} stands in \`types\` of ${this.#owner} twice: as "${before.name}" and as "${name}"`,
      metadata: { option: `types.${name}`, owner: this.#owner, class: target.name },
      hint: before.name.startsWith('penguiflow.') ? 'Leave it out: it crosses by itself.' : 'Keep one of the names.',
    });
  }

  /** A class of the platform, and one that extends it, has what no field shows. */
  #checkFields(at: string, target: Class): void {
    for (let each: unknown = target; typeof each === 'function' && each !== Function.prototype;) {
      if (each !== Object && NATIVE.test(Function.prototype.toString.call(each))) {
        const hint = `Its instances have more than their fields: give \`wire(${target.name}, { encode, decode })\`.`;
        throw invalidOption(at, this.#owner, `a class that does not extend ${label(each as Class)}`, target, hint);
      }
      each = Object.getPrototypeOf(each) as unknown;
    }
  }
}

const NATIVE = /\{\s*\[native code\]\s*\}$/;

function prototypeOf(target: Class): object {
  return target.prototype as object;
}

/** Whether a prototype is that of a class which extends none. */
function isRoot(prototype: object): boolean {
  const above = Object.getPrototypeOf(prototype) as object | null;
  return above !== null && Object.getPrototypeOf(above) === null;
}

function label(target: Class): string {
  return target.name || 'a class without a name';
}
