import { inspect, isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodePayload, encodePayload, NotEncodable, type ClassesByName } from '#src/store/history/payload-codec.js';

class Order {
  constructor(
    readonly id: string,
    readonly lines: readonly unknown[],
  ) {}
}

const CLASSES: ClassesByName = new Map([['Order', Order as never]]);
const back = (value: unknown, classes = CLASSES): unknown => decodePayload(encodePayload(value, 1e9), classes);

describe('payloads as they are kept', () => {
  it('H9 come back as they were, whatever they hold', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(null, undefined, -0, Number.NaN, Number.NEGATIVE_INFINITY),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array({ maxLength: 9 }),
      fc.constantFrom(new URL('https://example.org/a?b'), /a+/giu),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('$', '$$', '$ref', '__proto__', 'v', 'name')),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
        fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
        fc.array(tie('value'), { maxLength: 3 }).map((lines) => new Order('o', lines)),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        const got = back(given);
        expect(isDeepStrictEqual(got, given), inspect([got, given], { depth: 9 })).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it('H9 what came as JSON becomes no instance, whatever its keys say', () => {
    for (const json of ['{"$":"class","name":"Order","v":{}}', '{"$":"Date","v":1}', '{"$$":1,"$":{"$":"Map"}}']) {
      const parsed: unknown = JSON.parse(json);
      const got = back(parsed);
      expect([got, Object.getPrototypeOf(got)]).to.deep.equal([parsed, Object.prototype]);
    }
  });

  it('H9 instances are instances of a class that is known, without calling it; else plain objects', () => {
    class Counted {
      static made = 0;
      constructor(readonly n = ++Counted.made) {}
    }
    const one = new Counted();
    const got = back(one, new Map([['Counted', Counted as never]]));
    expect(got).to.be.instanceOf(Counted).and.deep.equal(one);
    expect(Counted.made).to.equal(1);
    expect(Object.getPrototypeOf(back(one))).to.equal(Object.prototype);
  });

  it('H9 errors keep what they say', () => {
    const error = back(Object.assign(new TypeError('no'), { code: 'E1' })) as Error & { code: string };
    expect(error).to.be.instanceOf(Error).and.include({ name: 'TypeError', message: 'no', code: 'E1' });
  });

  it('H9 what cannot be kept is refused, and where it is', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const deep = Array.from({ length: 300 }).reduce<unknown>((inner) => [inner], 1);
    for (const [value, text] of [
      [{ a: { b: () => 1 } }, '$.a.b is a function'],
      [[Symbol('s')], '$.0 is a symbol'],
      [loop, '$.self leads back to itself'],
      [{ p: Promise.resolve(1) }, '$.p is a Promise'],
      [new WeakMap(), '$ is a WeakMap'],
      [new (class {})(), 'a class without a name'],
      [deep, 'deeper than 200'],
    ] as const) {
      expect(() => encodePayload(value, 1e6)).to.throw(NotEncodable, text);
    }
    expect(() => encodePayload('x'.repeat(100), 50)).to.throw(NotEncodable, 'more than the 50 bytes that are allowed');
  });
});
