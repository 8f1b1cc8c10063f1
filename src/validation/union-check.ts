import { andThen } from '../message/later.js';
import { joinPath } from './property-path.js';
import type { ShapeCheck } from './shape-check.js';
import { valueKind } from './value-kind.js';
import { Violations } from './violations.js';

/** Checks payloads that are one of several, without a discriminator: the first member without a violation takes it. */
export class UnionCheck implements ShapeCheck {
  readonly name: string;
  readonly takesAnyObject: boolean;
  readonly #members: readonly ShapeCheck[];

  constructor(members: readonly ShapeCheck[]) {
    this.name = members.map((member) => member.name).join(' or ');
    this.takesAnyObject = members.some((member) => member.takesAnyObject);
    this.#members = members;
  }

  claims(value: unknown): boolean {
    return this.#members.some((member) => member.claims(value));
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    const own = claimant(this.#members, value);
    if (own !== undefined) return own.check(value, path, violations);
    return this.#try(0, value, path, violations, []);
  }

  #try(index: number, value: unknown, path: string, violations: Violations, tried: readonly Violations[]): unknown {
    const member = this.#members[index];
    if (member === undefined) {
      violations.add(path, { oneOf: `must be ${this.name}, not ${valueKind(value)}` });
      for (const found of worthTelling(tried)) violations.addAll(found);
      return value;
    }
    const found = new Violations();
    return andThen(member.check(value, path, found), (taken) =>
      found.count === 0 ? taken : this.#try(index + 1, value, path, violations, [...tried, found]),
    );
  }
}

/** Of what is wrong with each member: the broken schemas, and the nearest of the others. */
function worthTelling(tried: readonly Violations[]): readonly Violations[] {
  const broken = tried.filter(({ isSchemaBroken }) => isSchemaBroken);
  const others = tried.filter(({ isSchemaBroken }) => !isSchemaBroken);
  return [...broken, ...others.toSorted((one, other) => one.count - other.count).slice(0, 1)];
}

/** Checks payloads that are one of several and say which by a property. */
export class DiscriminatedCheck implements ShapeCheck {
  readonly name: string;
  readonly takesAnyObject = false;
  readonly #property: string;
  readonly #members: ReadonlyMap<string, ShapeCheck>;
  readonly #all: readonly ShapeCheck[];

  constructor(property: string, members: ReadonlyMap<string, ShapeCheck>) {
    this.#property = property;
    this.#members = members;
    this.#all = [...members.values()];
    this.name = this.#all.map((member) => member.name).join(' or ');
  }

  claims(value: unknown): boolean {
    return this.#all.some((member) => member.claims(value));
  }

  check(value: unknown, path: string, violations: Violations): unknown {
    const own = claimant(this.#all, value);
    if (own !== undefined) return own.check(value, path, violations);
    if (typeof value !== 'object' || value === null) {
      violations.add(path, { oneOf: `must be ${this.name}, not ${valueKind(value)}` });
      return value;
    }
    const member = this.#members.get((value as Record<string, string>)[this.#property] as string);
    if (member !== undefined) return member.check(value, path, violations);
    const known = [...this.#members.keys()].join(', ');
    violations.add(joinPath(path, this.#property), { discriminator: `must be one of ${known}` });
    return value;
  }
}

/** The member whose instance it is already. Its own rules apply, whichever of several related members this finds. */
function claimant(members: readonly ShapeCheck[], value: unknown): ShapeCheck | undefined {
  return members.find((member) => member.claims(value));
}
