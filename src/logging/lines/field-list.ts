import { jsonString } from './json-string.js';

/** A field's name, worked out once for all lines that use it. */
export interface FieldName {
  readonly name: string;
  /** `,"name":` */
  readonly fragment: string;
  /** Whether it tells whose line it is, so that its value is never cut. */
  readonly isReserved: boolean;
  /** Whether it stands on every line of the process, so that people need not read it on each. */
  readonly isFixed: boolean;
  /** Tells it from other names. */
  readonly number: number;
}

let names = 0;

/** Makes a {@link FieldName}. */
export function fieldName(name: string, isReserved = false, isFixed = false): FieldName {
  return { name, fragment: `,${jsonString(name)}:`, isReserved, isFixed, number: names++ };
}

/**
 * The fields of one line after redaction, in order: plain JSON values only, safe to keep and to print. Two lists
 * instead of an object, because an object that gets new keys one by one costs several times as much as a whole line.
 */
export class FieldList {
  readonly names: FieldName[] = [];
  readonly values: unknown[] = [];

  static from(fields: Readonly<Record<string, unknown>>): FieldList {
    const list = new FieldList();
    for (const [name, value] of Object.entries(fields)) list.add(fieldName(name), value);
    return list;
  }

  add(name: FieldName, value: unknown): void {
    this.names.push(name);
    this.values.push(value);
  }

  get(name: string): unknown {
    const { names } = this;
    for (let index = 0; index < names.length; index++) if (names[index]!.name === name) return this.values[index];
    return undefined;
  }

  has(name: string): boolean {
    const { names } = this;
    for (let index = 0; index < names.length; index++) if (names[index]!.name === name) return true;
    return false;
  }

  /** Adds the fields of another list that this one has none of the same name of. */
  addMissing({ names, values }: FieldList): void {
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!;
      if (!this.has(name.name)) this.add(name, values[index]);
    }
  }

  /** The fields that tell whose line it is. */
  reserved(): Record<string, unknown> {
    const { names, values } = this;
    return Object.fromEntries(names.flatMap(({ name, isReserved }, at) => (isReserved ? [[name, values[at]]] : [])));
  }

  /** Copies the fields onto an object. */
  assignTo<T extends Record<string | symbol, unknown>>(target: T): T {
    for (let index = 0; index < this.names.length; index++)
      (target as Record<string, unknown>)[this.names[index]!.name] = this.values[index];
    return target;
  }
}
