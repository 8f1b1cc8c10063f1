import { Type } from 'class-transformer';
import { Allow, IsOptional, IsString, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import fc from 'fast-check';
import { FlowError } from '#src/index.js';
import { compileShape } from '#src/validation/compile-shape.js';
import { PayloadCheck } from '#src/validation/payload-check.js';
import { expectSameData } from '../validation/support/same-data.js';
import type { FuzzProperty } from './fuzz-property.js';
import { TreeBuilder, treePlan, type TreePlan } from './payload-tree.js';

class Part {
  @IsString() name!: string;
  @Allow() any!: unknown;
}
class DerivedPart extends Part {}

class Whole {
  @Allow() any!: unknown;
  @IsOptional() @ValidateNested() @Type(() => Part) one!: Part;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Part) list!: Part[];
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Part) byName!: Map<string, Part>;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Part) set!: Set<Part>;
}

const TYPED = ['one', 'list', 'byName', 'set'] as const;

type Given = Readonly<Partial<Record<(typeof TYPED)[number] | 'any' | 'more', TreePlan>>>;

const part: fc.Arbitrary<TreePlan> = fc.record({
  part: treePlan,
  as: fc.constantFrom('instance' as const, 'plain' as const, 'derived' as const),
});
const parts = fc.array(part, { maxLength: 3 });
const named = fc.array(fc.tuple(fc.constantFrom('a', 'size', '__proto__'), part), { maxLength: 3 });

/** Mostly what the class takes, so that not everything is refused, and sometimes anything. */
function mostly(right: fc.Arbitrary<TreePlan>): fc.Arbitrary<TreePlan> {
  return fc.oneof({ weight: 7, arbitrary: right }, { weight: 1, arbitrary: treePlan });
}

const given: fc.Arbitrary<Given> = fc.record(
  {
    any: treePlan,
    more: treePlan,
    one: mostly(part),
    list: mostly(fc.record({ list: parts, holes: fc.constant(false) })),
    byName: mostly(fc.oneof(fc.record({ entries: named }), fc.record({ object: named, bare: fc.constant(true) }))),
    set: mostly(fc.oneof(fc.record({ set: parts }), fc.record({ list: parts, holes: fc.constant(false) }))),
  },
  { requiredKeys: [] },
);

const check = new PayloadCheck(
  compileShape(Whole, '@Node "Fuzz"', { whitelist: false, forbidNonWhitelisted: false, groups: undefined }),
  { name: 'Fuzz', id: 'fuzz-1', ingress: false },
  'input',
);

function build(plan: Given): Record<string, unknown> {
  const builder = new TreeBuilder(Part, DerivedPart);
  return Object.fromEntries(Object.entries(plan).map(([key, value]) => [key, builder.build(value)]));
}

/** The keys and values of everything plain in a payload, to see later whether anything is another. */
function recordOf(payload: unknown): () => boolean {
  const seen = new Map<object, [PropertyKey, PropertyDescriptor | undefined][]>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || !isRecorded(value)) return;
    const properties = Reflect.ownKeys(value).map((key): [PropertyKey, PropertyDescriptor | undefined] => [
      key,
      Object.getOwnPropertyDescriptor(value, key),
    ]);
    seen.set(value, properties);
    for (const [, property] of properties) walk(property?.value);
    if (value instanceof Map || value instanceof Set) for (const each of value.values()) walk(each);
  };
  walk(payload);
  return () =>
    [...seen].every(([value, properties]) =>
      properties.every(([key, was]) => {
        const is = Object.getOwnPropertyDescriptor(value, key);
        return (
          Reflect.ownKeys(value).length === properties.length &&
          is?.get === was?.get &&
          Object.is(is?.value, was?.value)
        );
      }),
    );
}

function isRecorded(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    [Object.prototype, Array.prototype, Map.prototype, Set.prototype, Part.prototype, DerivedPart.prototype].includes(
      prototype,
    )
  );
}

/** Where the class says so, an instance stands for a plain object, and a collection of instances for one of plain objects. */
function expectParts(before: unknown, after: unknown): void {
  if (Object.is(before, after)) return;
  if (after instanceof Part) {
    expect(after.constructor).to.equal(Part);
    const keys = Reflect.ownKeys(before as object);
    for (const key of keys) expectSameData(Reflect.get(before as object, key), Reflect.get(after, key));
    expect(Reflect.ownKeys(after).every((key) => keys.includes(key) || Reflect.get(after, key) === undefined)).to.equal(
      true,
    );
    return;
  }
  const [was, is] = [elementsOf(before, after), elementsOf(after, after)];
  expect(is.map(([key]) => key)).to.deep.equal(was.map(([key]) => key));
  for (const [index, [, element]] of was.entries()) expectParts(element, is[index]?.[1]);
}

/** A `Map` may come as an object, and a `Set` as an array. */
function elementsOf(value: unknown, after: unknown): [unknown, unknown][] {
  if (value instanceof Map) return [...value];
  if (after instanceof Map && !Array.isArray(value)) return Object.entries(value as object);
  if (!(value instanceof Set) && !Array.isArray(value)) return expect.fail('a value became another one');
  return [...(value as Iterable<unknown>)].map((element, index) => [index, element]);
}

let valid = 0;

/** Validation by class keeps what it calls valid, whatever is in a payload, and changes nothing of the payload itself. */
export const validationProperty: FuzzProperty<Given> & { readonly validSoFar: () => number } = {
  name: 'validation',
  given,
  async check(plan) {
    const payload = build(plan);
    const unchanged = recordOf(payload);
    let taken: unknown;
    try {
      taken = check.check(payload, 't');
    } catch (error) {
      if (!FlowError.is(error, 'VALIDATION_FAILED')) throw error;
    }
    expect(unchanged(), 'the payload was changed').to.equal(true);
    if (taken === undefined) return;
    valid++;
    expect(taken).to.be.instanceOf(Whole);
    const after = taken as Record<string, unknown>;
    for (const field of TYPED) expectParts(payload[field], after[field]);
    // Together, because one may have an alias of the other.
    const { any, more } = payload;
    expectSameData({ any, more }, { any: after['any'], more: after['more'] });
  },
  draw: (plan) => JSON.stringify(plan, null, 2),
  validSoFar: () => valid,
};
