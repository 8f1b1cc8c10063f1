import { deepStrictEqual } from 'node:assert';
import { expect } from 'chai';
import fc from 'fast-check';
import { FinalAnswer, FlowError } from '#src/index.js';
import { PayloadCodec } from '#src/distributed/codec/payload-codec.js';
import { TypeBook } from '#src/distributed/codec/type-book.js';
import { wire } from '#src/distributed/codec/wire-type.js';

class Doc {
  constructor(
    public a: unknown,
    public $b: unknown,
  ) {}
}
class Sealed {
  readonly #inside: unknown;

  constructor(inside: unknown) {
    this.#inside = inside;
  }

  get inside(): unknown {
    return this.#inside;
  }
}

const types = {
  doc: Doc,
  sealed: wire(Sealed, { encode: ({ inside }) => [inside], decode: ([inside]) => new Sealed(inside) }),
};
const codec = new PayloadCodec(new TypeBook(types, 'the test'), 10_000_000);

/** Halves of pairs, NUL, marks of ours. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\udc27', '\u0000', '"', '\\', '$', 'a') }),
);
const key = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '$', '$$', '$Date', '$:doc', '$undefined', '$Object', '0', ''),
);

/** Whole numbers of all views, by bytes that fit the widest. */
const bytes = fc
  .uint8Array({ maxLength: 8 })
  .map((given) => Uint8Array.from({ length: given.length * 8 }, (_, at) => given[at % given.length] ?? 0));

const scalar = fc.oneof(
  text,
  fc.double(),
  fc.constantFrom(null, undefined, true, false, -0, Number.NaN, Number.NEGATIVE_INFINITY),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(/a/, /\/[\n]\u2028/giu, new RegExp('')),
  fc.webUrl({ withQueryParameters: true, withFragments: true }).map((href) => new URL(href)),
  bytes.chain((given) =>
    fc.constantFrom(
      Buffer.from(given),
      given,
      given.buffer,
      new DataView(given.buffer),
      new Int16Array(given.buffer),
      new BigUint64Array(given.buffer),
    ),
  ),
  fc.array(text, { maxLength: 2 }).map((citations) => new FinalAnswer('answer', citations)),
);

function fields(entries: readonly (readonly [string, unknown])[], into: object = {}): object {
  for (const [name, value] of entries)
    Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });
  return into;
}

const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => fields(entries)),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 2 })
      .map((entries) => fields(entries, Object.create(null) as object)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => new Set(values)),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => new Doc(a, b)),
    tie('value').map((inside) => new Sealed(inside)),
  ),
})).value;

/** JSON that looks like ours. */
const tag = fc.constantFrom(
  ...['$undefined', '$number', '$bigint', '$Date', '$Map', '$Set', '$RegExp', '$URL', '$Buffer', '$Float64Array'],
  ...['$DataView', '$Object', '$:doc', '$:sealed', '$:other', '$:penguiflow.FinalAnswer', '$:penguiflow.WorkingMemory'],
  ...['$:penguiflow.StreamChunk', '$:__proto__', '$:constructor', '$', '$$', '$:'],
);
const hostile: fc.Arbitrary<unknown> = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, '', 'NaN', '1', 'g', 'AAAA'),
    ),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.tuple(tag, tie('json')).map((entry) => fields([entry])),
    fc.array(fc.tuple(fc.oneof(key, tag), tie('json')), { maxLength: 3 }).map((entries) => fields(entries)),
    fc
      .record({ text, query: text, facts: tie('json'), citations: tie('json'), length: fc.nat() }, { requiredKeys: [] })
      .map((given) => ({ ...given })),
  ),
})).json;

/** Classes of objects that may come of a text. */
const ALLOWED: ReadonlySet<unknown> = new Set<unknown>([
  null,
  ...[Object, Array, Map, Set, Date, RegExp, URL, Buffer, Uint8Array, Float64Array, DataView, ArrayBuffer].map(
    (each): unknown => each.prototype,
  ),
  ...[Doc, Sealed, FinalAnswer].map((each): unknown => each.prototype),
]);

function classesIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null) return found;
  found.add(Object.getPrototypeOf(value));
  if (value instanceof Map) for (const pair of value) classesIn(pair, found);
  else if (value instanceof Set) for (const each of value) classesIn(each, found);
  else if (value instanceof Sealed) classesIn(value.inside, found);
  else if (!ArrayBuffer.isView(value))
    for (const name of Object.keys(value)) classesIn((value as Record<string, unknown>)[name], found);
  return found;
}

/** What a text gives: a value, or an error of ours. */
function read(given: string): { readonly value?: unknown; readonly code?: string } {
  try {
    return { value: codec.decode(given) };
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    return { code: error.code };
  }
}

describe('D28 any payload', () => {
  it('is what it was after it has crossed, and gives the same text again', () => {
    fc.assert(
      fc.property(value, (payload) => {
        const sent = codec.encode(payload);
        const came = codec.decode(sent);
        deepStrictEqual(came, payload);
        expect(codec.encode(came)).to.equal(sent);
      }),
      { numRuns: 3_000 },
    );
  });

  it('of plain JSON is the text that JSON.stringify makes, unless a key begins with $', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const plain = JSON.parse(JSON.stringify(payload)) as unknown;
        if (!/"\$/.test(JSON.stringify(plain))) expect(codec.encode(plain)).to.equal(JSON.stringify(plain));
        deepStrictEqual(codec.decode(codec.encode(plain)), plain);
      }),
      { numRuns: 500 },
    );
  });

  it('that came as JSON from outside holds no class after it has crossed', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        const outside = JSON.parse(JSON.stringify(given)) as unknown;
        const came = codec.decode(codec.encode(outside));
        deepStrictEqual(came, outside);
        expect([...classesIn(came)].every((each) => each === Object.prototype || each === Array.prototype)).to.equal(
          true,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('D28 any text', () => {
  it('gives a value of classes that are known, or an error that says why not', () => {
    const seen = new Set<unknown>();
    fc.assert(
      fc.property(hostile, (given) => {
        const { value: came, code } = read(JSON.stringify(given));
        seen.add(code);
        if (code !== undefined) expect(code).to.be.oneOf(['NOT_DECODABLE', 'UNKNOWN_TYPE']);
        for (const each of classesIn(came)) if (!ALLOWED.has(each) && !isOfOurs(each)) expect.fail(String(each));
      }),
      { numRuns: 5_000 },
    );
    expect([...seen]).to.have.members([undefined, 'NOT_DECODABLE', 'UNKNOWN_TYPE']);
  });

  it('of ours in which something was changed does, too', () => {
    fc.assert(
      fc.property(
        value,
        fc.nat(),
        fc.constantFrom('', '"', '$', '{', ']', 'null', '"$Map":', '__proto__'),
        (payload, at, put) => {
          const sent = codec.encode(payload);
          const from = at % sent.length;
          const { value: came, code } = read(sent.slice(0, from) + put + sent.slice(from + 1));
          if (code !== undefined) expect(code).to.be.oneOf(['NOT_DECODABLE', 'UNKNOWN_TYPE']);
          classesIn(came);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

function isOfOurs(prototype: unknown): boolean {
  const name = (prototype as { readonly constructor?: { readonly name?: string } }).constructor?.name;
  return name === 'WorkingMemory' || name === 'StreamChunk';
}
