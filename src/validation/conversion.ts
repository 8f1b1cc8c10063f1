import type { DiscriminatorDescriptor, TypeMetadata } from 'class-transformer';
import type { Class } from '../ports/flow-node.js';
import { memberOf } from './class-member.js';
import { entryKey, type Place } from './place.js';
import { forbid, PlainCopies, withElements } from './plain-copies.js';
import { NONE, primitiveConversion } from './to-primitive.js';
import type { Transformer } from './transformer.js';
import { isPlainArray, isPlainObject, notMadeAnew, valueKind } from './value-kind.js';

/** What stands for an instance while it is being made. */
const UNFINISHED = Symbol('unfinished');

/** What a conversion needs to know of the node. */
export interface ConversionRules {
  readonly transformer: Transformer;
  /** The properties of a class that a rule knows, where the others are left out; else undefined. */
  readonly kept: ((target: Function) => ReadonlySet<PropertyKey> | undefined) | undefined;
}

/**
 * Makes an instance of one plain object: of nested ones too, where `@Type` names their class. Plain data is copied; what is
 * neither plain nor of a class that `@Type` names goes on as it is, and what `@Type` contradicts is refused by name.
 */
export class Conversion {
  readonly #rules: ConversionRules;
  readonly #place: Place;
  readonly #copies: PlainCopies;
  /** Instances by what they are made of, for each class: the same object twice is the same instance twice. */
  readonly #made = new Map<unknown, Map<object, unknown>>();
  /** For functions that may change what they are given, as `@Transform` takes them. */
  #sources: PlainCopies | undefined;

  constructor(rules: ConversionRules, place: Place) {
    this.#rules = rules;
    this.#place = place;
    this.#copies = new PlainCopies(place);
  }

  /**
   * An instance of the class. What cannot be converted is noted at the place; the result is of no interest then.
   * @throws whatever a constructor, a setter, a getter of the payload or a function given to a decorator throws
   */
  instance(source: object, target: Class<object>, leftOut?: string): unknown {
    const { transformer } = this.#rules;
    const made: object = new (target as new () => object)();
    // A constructor may return something else.
    if (!(made instanceof target)) return this.#refuse(made, target.name);
    for (const key of transformer.keys(target, source)) {
      if (key === leftOut) continue;
      if (key === '__proto__' || key === 'constructor') forbid(this.#place, key);
      else this.#property(key, transformer.property(target, key), source, target, made);
    }
    if (transformer.takesSymbols(target)) this.#symbols(source, target, made);
    const kept = this.#rules.kept?.(target);
    if (kept !== undefined) {
      for (const key of Object.keys(made)) if (!kept.has(key)) Reflect.deleteProperty(made, key);
    }
    return made;
  }

  #symbols(source: object, target: Class<object>, made: object): void {
    for (const symbol of Object.getOwnPropertySymbols(source)) {
      if (Object.prototype.propertyIsEnumerable.call(source, symbol)) {
        this.#property(symbol, symbol, source, target, made);
      }
    }
  }

  #property(key: PropertyKey, property: PropertyKey, source: object, target: Class<object>, made: object): void {
    this.#place.keys.push(key);
    const given: unknown = Object.hasOwn(source, key) ? Reflect.get(source, key) : undefined;
    switch (property in made ? memberOf(made, property, given) : 'field') {
      case 'field':
        this.#assign(made, property, this.#converted(given, property, source, target, made));
        break;
      case 'method':
        if (Object.hasOwn(source, key) && this.#rules.kept?.(target)?.has(property) !== false) {
          this.#place.refuse({ method: `is a method of ${target.name} and cannot be given` });
        }
        break;
      default:
        // The class works it out itself.
        break;
    }
    this.#place.keys.pop();
  }

  #converted(given: unknown, property: PropertyKey, source: object, target: Class<object>, made: object): unknown {
    if (typeof property === 'symbol') return this.#copies.of(given);
    const { transformer } = this.#rules;
    const name = property as string;
    const type = transformer.type(target, name);
    const value =
      type === undefined
        ? this.#copies.of(given)
        : this.#typed(given, baseOf(type, { newObject: made as never, object: source, property: name }), type, true);
    return transformer.transforms(target).has(name)
      ? transformer.transform(value, target, name, (this.#sources ??= new PlainCopies()).of(source) as object)
      : value;
  }

  #assign(made: object, property: PropertyKey, value: unknown): void {
    (made as Record<PropertyKey, unknown>)[property] = value;
    // A typed array, for one, drops what it has no room for.
    if (!(property in made)) {
      this.#place.refuse({ conversion: `cannot be kept by an instance of ${made.constructor.name}` });
    }
  }

  /**
   * A value for which `@Type` names a class, or a collection of such.
   *
   * @param isProperty - it is that of the property itself, whose declared type may be a collection
   */
  #typed(value: unknown, base: unknown, type: TypeMetadata, isProperty = false): unknown {
    if (value === null || value === undefined) return value;
    const isAny = base === Object && discriminatorOf(type.options) === undefined;
    if (typeof base !== 'function' || isAny) return this.#copies.of(value);
    const convert = primitiveConversion(base);
    if (typeof value === 'object') {
      if (convert === undefined && isOneOf(value, base, type)) return this.#copies.of(value);
      if (Array.isArray(value)) return this.#once(value, type, base, () => this.#array(value, base, type, isProperty));
      if (value instanceof Set) return this.#once(value, type, base, () => this.#set(value, base, type));
      if (value instanceof Map) return this.#once(value, type, base, () => this.#map(value, base, type));
    }
    const isMap = base === Map || (isProperty && type.reflectedType === Map);
    if (isMap && isPlainObject(value)) return this.#once(value, type, base, () => this.#mapOf(value, base, type));
    if (convert !== undefined) return this.#primitive(value, base.name, convert);
    if (isPlainObject(value)) return this.#once(value, type, base, () => this.#nested(value, base, type));
    // Whether a text may stand where an object is expected is for the rules to say.
    return typeof value === 'object' ? this.#refuse(value, base.name) : value;
  }

  #nested(source: Record<PropertyKey, unknown>, base: Function, { options }: TypeMetadata): unknown {
    const discriminator = discriminatorOf(options);
    if (discriminator === undefined) return this.instance(source, base as Class<object>);
    const { property, subTypes } = discriminator;
    const target = subTypes.find(({ name }) => name === source[property])?.value ?? base;
    if (target === Object) return this.#copies.of(source);
    return this.instance(
      source,
      target as Class<object>,
      options.keepDiscriminatorProperty === true ? undefined : property,
    );
  }

  #primitive(value: unknown, name: string, convert: (value: unknown) => unknown): unknown {
    const converted = convert(value);
    if (converted !== NONE) return converted;
    this.#place.refuse({ conversion: `must be what can become a ${name}, not ${valueKind(value)}` });
    return value;
  }

  #array(value: readonly unknown[], base: Function, type: TypeMetadata, isProperty: boolean): unknown {
    const elements: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      this.#place.keys.push(index);
      if (value[index] === undefined && !Object.hasOwn(value, index)) {
        this.#place.refuse({ hole: 'is missing: the array has a hole here' });
        this.#place.keys.pop();
        return value;
      }
      elements.push(base === Set ? this.#copies.of(value[index]) : this.#typed(value[index], base, type));
      this.#place.keys.pop();
    }
    if (!isPlainArray(value)) return this.#unlessChanged(value, value, elements);
    const collection = collectionOf(base === Set ? Set : isProperty ? (type.reflectedType as unknown) : undefined);
    return collection === undefined ? withElements(value, elements) : collection(elements);
  }

  #set(value: ReadonlySet<unknown>, base: Function, type: TypeMetadata): unknown {
    const given = [...value];
    const elements = given.map((element, index) => this.#element(index, element, base, type));
    if (isSame(given, elements)) return value;
    return Object.getPrototypeOf(value) === Set.prototype
      ? new Set(elements)
      : this.#unlessChanged(value, given, elements);
  }

  #map(value: ReadonlyMap<unknown, unknown>, base: Function, type: TypeMetadata): unknown {
    const [keys, given] = [[...value.keys()], [...value.values()]];
    const elements = given.map((element, index) => this.#element(entryKey(keys[index]), element, base, type));
    if (isSame(given, elements)) return value;
    return Object.getPrototypeOf(value) === Map.prototype
      ? new Map(keys.map((key, index) => [key, elements[index]]))
      : this.#unlessChanged(value, given, elements);
  }

  /** A `Map` that came as a plain object, as in JSON. */
  #mapOf(value: Record<PropertyKey, unknown>, base: Function, type: TypeMetadata): Map<unknown, unknown> {
    return new Map(Object.entries(value).map(([key, element]) => [key, this.#element(key, element, base, type)]));
  }

  #element(key: PropertyKey, element: unknown, base: Function, type: TypeMetadata): unknown {
    this.#place.keys.push(key);
    const made = base === Map ? this.#copies.of(element) : this.#typed(element, base, type);
    this.#place.keys.pop();
    return made;
  }

  /** A collection of a class of its own cannot be made anew: nobody knows how. */
  #unlessChanged(value: object, given: readonly unknown[], elements: readonly unknown[]): unknown {
    if (!isSame(given, elements)) {
      this.#place.refuse({ conversion: notMadeAnew(value) });
    }
    return value;
  }

  /** What an object becomes, once per object and class; with a discriminator, per object and property. */
  #once(source: object, { options }: TypeMetadata, base: Function, make: () => unknown): unknown {
    const key = discriminatorOf(options) === undefined ? base : options;
    let made = this.#made.get(key);
    if (made === undefined) this.#made.set(key, (made = new Map<object, unknown>()));
    if (!made.has(source)) {
      made.set(source, UNFINISHED);
      made.set(source, make());
    }
    const known = made.get(source);
    if (known !== UNFINISHED) return known;
    this.#place.refuse({ conversion: 'contains itself' });
    return source;
  }

  #refuse(value: object, name: string): unknown {
    this.#place.refuse({ instanceOf: `must be an instance of ${name}, not ${valueKind(value)}` });
    return value;
  }
}

function baseOf(type: TypeMetadata, help: Parameters<TypeMetadata['typeFunction']>[0]): unknown {
  // Without a function, which the types demand, it is the declared type.
  const typeOf = type.typeFunction as TypeMetadata['typeFunction'] | undefined;
  return typeOf === undefined ? (type.reflectedType as unknown) : typeOf(help);
}

function discriminatorOf(options: TypeMetadata['options'] | undefined): DiscriminatorDescriptor | undefined {
  const discriminator = options?.discriminator as Partial<DiscriminatorDescriptor> | undefined;
  return discriminator?.property && discriminator.subTypes ? (discriminator as DiscriminatorDescriptor) : undefined;
}

/** Whether a value is what `@Type` says already. */
function isOneOf(value: object, base: Function, { options }: TypeMetadata): boolean {
  // Everything is an object: with that as its class, the others say what it may be.
  if (base !== Object && value instanceof base) return true;
  return discriminatorOf(options)?.subTypes.some((subType) => value instanceof subType.value) === true;
}

function isSame(given: readonly unknown[], elements: readonly unknown[]): boolean {
  return elements.every((element, index) => Object.is(element, given[index]));
}

/** How the declared type of a property is made of the elements of an array, if that is to be anything else than an array. */
function collectionOf(declared: unknown): ((elements: readonly unknown[]) => unknown) | undefined {
  if (typeof declared !== 'function') return undefined;
  const { prototype } = declared as { readonly prototype: unknown };
  if (declared === Set || prototype instanceof Set) {
    return (elements) => new (declared as new (values: readonly unknown[]) => object)(elements);
  }
  if (!Object.prototype.isPrototypeOf.call(Array.prototype, prototype as object)) return undefined;
  return (elements) => {
    const collection = new (declared as new () => unknown[])();
    for (const element of elements) collection.push(element);
    return collection;
  };
}
