import type { FieldList, FieldName } from './field-list.js';

/** Most sets of names that are remembered; over it all are forgotten, because names made of data never come again. */
const MAX_SHAPES = 500;
/** How often a set of names must come before an empty object is made for it, which takes as long as ten lines. */
const LINES_BEFORE = 8;

/** The names of a line, and an object that has them all. */
interface Shape {
  readonly names: readonly FieldName[];
  linesLeft: number;
  empty: object | undefined;
}

/** Makes objects of fields: each is a copy of an empty one with the same keys (docs/performance.md, "hash tables"). */
export class LineShapes<T extends object> {
  readonly #head: () => T;
  readonly #shapes = new Map<number, Shape>();

  /** @param head - makes what each object has before its fields */
  constructor(head: () => T) {
    this.#head = head;
  }

  /** A new object: what the head has, then the fields. */
  object(fields: FieldList): T {
    const { names, values } = fields;
    const empty = this.#emptyOf(names);
    const target = (empty === undefined ? this.#head() : { ...empty }) as Record<string, unknown>;
    for (let index = 0; index < names.length; index++) target[names[index]!.name] = values[index];
    return target as T;
  }

  #emptyOf(names: readonly FieldName[]): object | undefined {
    let hash = 0;
    for (let index = 0; index < names.length; index++) hash = (Math.imul(hash, 31) + names[index]!.number) | 0;
    const shape = this.#shapes.get(hash);
    if (shape === undefined || !areSame(shape.names, names)) {
      if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
      this.#shapes.set(hash, { names, linesLeft: LINES_BEFORE, empty: undefined });
      return undefined;
    }
    if (shape.empty === undefined && --shape.linesLeft === 0) shape.empty = emptyObject(this.#head(), names);
    return shape.empty;
  }
}

function areSame(one: readonly FieldName[], other: readonly FieldName[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Its fields have held a fraction and a text, so that copies take any value: docs/performance.md, "fractions". */
function emptyObject(head: object, names: readonly FieldName[]): object {
  const object: Record<string, unknown> = { ...head, ...Object.fromEntries(names.map(({ name }) => [name, 0])) };
  for (const value of [0.5, '', null]) for (const { name } of names) object[name] = value;
  return { ...object };
}
