import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { FinalAnswer, FlowError, StreamChunk, WorkingMemory } from '#src/index.js';
import { PayloadCodec } from '#src/distributed/codec/payload-codec.js';
import { TypeBook, type WireTypes } from '#src/distributed/codec/type-book.js';
import { wire } from '#src/distributed/codec/wire-type.js';
import { useFlows } from '../../support/flows.js';
import { line, node } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';

class Line {
  constructor(
    readonly sku: string,
    readonly count: number,
  ) {}

  get isMany(): boolean {
    return this.count > 1;
  }
}

class Order {
  static built = 0;
  note?: string | undefined;

  constructor(readonly lines: readonly Line[]) {
    Order.built++;
  }
}

class Money {
  readonly #cents: number;

  constructor(cents: number) {
    this.#cents = cents;
  }

  get cents(): number {
    return this.#cents;
  }
}

const MONEY = wire(Money, { encode: ({ cents }) => cents, decode: (cents) => new Money(cents) });
const TYPES = { line: Line, order: Order, money: MONEY };

function codecOf(types: WireTypes = TYPES, maxBytes = 1_000_000): PayloadCodec {
  return new PayloadCodec(new TypeBook(types, '@Distributed on Orders'), maxBytes);
}

function crossed<T>(value: T, types?: WireTypes): T {
  const codec = codecOf(types);
  return codec.decode(codec.encode(value)) as T;
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
}

describe('D28 payloads as text', () => {
  it('are the JSON that they were, where JSON says it all', () => {
    const payload = { id: 'a', n: [1, 2.5, null, true], deep: { text: 'ä\u2028' } };
    expect(codecOf().encode(payload)).to.equal(JSON.stringify(payload));
    expect(crossed(payload)).to.deep.equal(payload);
  });

  const readable: readonly (readonly [value: unknown, text: string])[] = [
    [undefined, '{"$undefined":null}'],
    [{ a: undefined }, '{"a":{"$undefined":null}}'],
    [[Number.NaN, -0, -Infinity], '[{"$number":"NaN"},{"$number":"-0"},{"$number":"-Infinity"}]'],
    [12n, '{"$bigint":"12"}'],
    [new Date(0), '{"$Date":"1970-01-01T00:00:00.000Z"}'],
    [new Date(Number.NaN), '{"$Date":null}'],
    [new Map([['a', new Set([1])]]), '{"$Map":[["a",{"$Set":[1]}]]}'],
    [/a\/b/giu, '{"$RegExp":["a\\\\/b","giu"]}'],
    [new URL('https://a.example/b?c'), '{"$URL":"https://a.example/b?c"}'],
    [Buffer.from('hi'), '{"$Buffer":"aGk="}'],
    [new Float64Array([0.5]), '{"$Float64Array":"AAAAAAAA4D8="}'],
    [Uint8Array.of(1, 2).buffer, '{"$ArrayBuffer":"AQI="}'],
    [Object.assign(Object.create(null) as object, { a: 1 }), '{"$Object":{"a":1}}'],
    [new Line('fish', 2), '{"$:line":{"sku":"fish","count":2}}'],
    [new Money(5), '{"$:money":5}'],
    [{ $Date: 1, a: { $: 2, $$b: 3 } }, '{"$$Date":1,"a":{"$$":2,"$$$b":3}}'],
  ];
  for (const [value, text] of readable) {
    it(`can be read by people: ${text}`, () => {
      expect(codecOf().encode(value)).to.equal(text);
      const back = codecOf().decode(text);
      expect(back).to.deep.equal(value);
      if (typeof value === 'object' && value !== null)
        expect(Object.getPrototypeOf(back)).to.equal(Object.getPrototypeOf(value));
    });
  }

  it('bring back instances with their fields, without running constructors', () => {
    const order = new Order([new Line('fish', 2)]);
    order.note = undefined;
    const { built } = Order;
    const back = crossed({ first: order }).first;
    expect(Order.built).to.equal(built);
    expect(back).to.be.instanceOf(Order).and.deep.equal(order);
    expect(back).to.have.own.property('note', undefined);
    expect(back.lines[0]?.isMany).to.equal(true);
  });

  it('bring back private fields by `wire`, and what its `encode` gives may hold whatever crosses', () => {
    expect(crossed([new Money(7)])[0]?.cents).to.equal(7);
    class Basket {
      readonly #lines = new Map<string, Line>();

      constructor(lines: Iterable<readonly [string, Line]>) {
        this.#lines = new Map(lines);
      }

      at(name: string): Line | undefined {
        return this.#lines.get(name);
      }

      get all(): Map<string, Line> {
        return this.#lines;
      }
    }
    const basket = wire(Basket, { encode: ({ all }) => all, decode: (all) => new Basket(all) });
    const line = new Line('fish', 1);
    expect(crossed(new Basket([['a', line]]), { line: Line, basket }).at('a')).to.deep.equal(line);
  });

  it('bring back the classes of ours whole, also those of another copy of the package', () => {
    const chunk = new StreamChunk('s', 1, 'text', true, { at: new Date(5) });
    const answer = new FinalAnswer('42', ['book']);
    const memory = new WorkingMemory('why?', { facts: [new Line('fish', 1)], hops: 2, budgetHops: null });
    const back = crossed({ chunk, answer, memory });
    expect(back).to.deep.equal({ chunk, answer, memory });
    expect([StreamChunk.is(back.chunk), FinalAnswer.is(back.answer), WorkingMemory.is(back.memory)]).to.deep.equal(
      Array(3).fill(true),
    );
    expect(Object.isFrozen(back.answer) && Object.isFrozen(back.memory)).to.equal(true);
    expect(codecOf().encode(chunk)).to.match(/^\{"\$:penguiflow\.StreamChunk":/);

    class OtherCopy {
      readonly text = '42';
      readonly citations = ['book'];
    }
    Object.defineProperty(OtherCopy.prototype, Symbol.for('penguiflow:final-answer'), { value: true });
    expect(crossed<unknown>(new OtherCopy(), {})).to.be.instanceOf(FinalAnswer).and.deep.equal(answer);
    class Extended extends FinalAnswer {}
    expect(thrownBy(() => codecOf().encode(new Extended('42'))).metadata['class']).to.equal('Extended');
  });

  it('keep keys as they are, `__proto__` too, and give no object another prototype', () => {
    const payload = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"a":{"__proto__":null,"$b":2}}') as object;
    const back = crossed(payload) as { a: object };
    expect(Object.keys(back)).to.deep.equal(Object.keys(payload));
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(Object.getPrototypeOf(back.a)).to.equal(Object.prototype);
    expect(JSON.stringify(back)).to.equal(JSON.stringify(payload));
  });

  it('keep what is no text by itself: lone surrogates, NUL, keys of numbers', () => {
    const payload = { '\ud800': '\udfff\u0000', 2: 'two', 1: ['\ud83d'] };
    expect(codecOf().encode(payload)).to.match(/^[\u0020-\u007e]*$/);
    expect(crossed(payload)).to.deep.equal(payload);
  });

  it('take plain objects of another realm, as test runners have one per file', () => {
    const foreign = runInNewContext('({ a: [1, { b: 2 }] })') as object;
    expect(codecOf().encode(foreign)).to.equal('{"a":[1,{"b":2}]}');
  });

  it('write what is shared as often as it is met, and a hole as undefined', () => {
    const shared = { a: 1 };
    const back = crossed([shared, shared]);
    expect(back).to.deep.equal([shared, shared]);
    expect(back[0]).to.not.equal(back[1]);
    const holes: unknown[] = [];
    holes[1] = 1;
    expect(crossed(holes)).to.deep.equal([undefined, 1]);
  });

  it('are the same text for the same value, in the order of its keys', () => {
    const codec = codecOf();
    const make = (): unknown => ({ b: new Map([[1, { c: 1n }]]), a: new Line('fish', 1), $: [undefined] });
    expect(codec.encode(make())).to.equal(codec.encode(make()));
    expect(codec.encode({ a: 1, b: 2 })).to.not.equal(codec.encode({ b: 2, a: 1 }));
  });

  it('leave the payload as it was', () => {
    const payload = Object.freeze({ $a: Object.freeze([new Date(0), -0]), b: Object.freeze({ c: undefined }) });
    const copy = { ...payload };
    codecOf().encode(payload);
    expect(payload).to.deep.equal(copy);
  });
});

describe('D28 what cannot be sent', () => {
  const SECRET = 'hunter2';
  const flows = useFlows();

  class Stranger {
    password = SECRET;
  }
  class WithAccessor extends Order {
    constructor() {
      super([]);
      Object.defineProperty(this, 'total', { get: () => SECRET, enumerable: true });
    }
  }
  const KEY = Symbol('key');
  class WithSymbol {
    readonly [KEY] = SECRET;
  }
  class Shadow {
    constructor() {
      Object.defineProperty(this, 'toString', { value: SECRET, enumerable: true });
    }
  }
  class Broken {
    readonly cents = SECRET;
  }
  const types = {
    ...TYPES,
    accessor: WithAccessor,
    symbol: WithSymbol,
    shadow: Shadow,
    broken: wire(Broken, {
      encode: (): string => {
        throw new TypeError('no');
      },
      decode: () => new Broken(),
    }),
  };
  const cycle: { name: string; next?: unknown } = { name: SECRET };
  cycle.next = new Map([[SECRET, [cycle]]]);

  const refused: readonly (readonly [kind: string, path: string, payload: unknown, says: string | RegExp])[] = [
    ['function', 'payload.a[1]', { a: [0, () => SECRET] }, '`payload.a[1]` is a function'],
    ['symbol', 'payload', Symbol(SECRET), '`payload` is a symbol'],
    ['class', 'payload.lines[0]', new Order([new Stranger() as never]), /instance of Stranger, a class without a wire/],
    ['class', 'payload["unit price"]', { 'unit price': Promise.resolve(SECRET) }, /instance of Promise/],
    ['class', 'payload', new Error(SECRET), /instance of Error/],
    ['class', 'payload', new (class extends Line {})('a', 1), /a class without a name/],
    ['class', 'payload', new (class extends Map {})(), /a class without a name/],
    ['accessor', 'payload.total', new WithAccessor(), /a getter or setter of WithAccessor/],
    ['symbol-key', 'payload.w', { w: new WithSymbol() }, /under a symbol of WithSymbol/],
    ['member', 'payload.toString', new Shadow(), /in the place of a method of Shadow/],
    ['encode', 'payload[0]', [new Broken()], /Broken whose `encode` threw/],
    ['cycle', 'payload.next[0][0]', cycle, /an object that it lies in itself/],
    ['depth', `payload…${'.in'.repeat(12)}`, nested(65), /deeper than 64 levels/],
    ['function', 'payload[0]', new Map([[SECRET, () => 1]]), /a function/],
  ];
  for (const [kind, path, payload, says] of refused) {
    it(`is named with its place, its kind and the fix, and not shown: ${kind} at ${path}`, () => {
      const error = thrownBy(() => codecOf(types).encode(payload));
      expect(error.code).to.equal('NOT_ENCODABLE');
      expect(error.metadata).to.include({ kind, path });
      if (typeof says === 'string') expect(error.message).to.include(says);
      else expect(error.message).to.match(says);
      expect(error.hint).to.not.equal('');
      expect(JSON.stringify(error)).to.not.include(SECRET);
    });
  }

  it('names the class, and what to write', () => {
    const error = thrownBy(() => codecOf().encode({ user: new Stranger() }));
    expect(error.metadata).to.deep.equal({ path: 'payload.user', kind: 'class', class: 'Stranger' });
    expect(error.hint).to.include('types: { name: Stranger }');
  });

  it('is not what lies 64 deep', () => {
    expect(crossed(nested(64))).to.deep.equal(nested(64));
    expect(crossed(nested(63))).to.deep.equal(nested(63));
    let maps: unknown = undefined;
    for (let level = 0; level < 64; level++) maps = level % 2 === 0 ? new Map([[maps, -0]]) : [maps];
    expect(crossed(maps)).to.deep.equal(maps);
  });

  it('is what throws when it is read', () => {
    const getter = {
      get a(): string {
        throw new RangeError('no');
      },
    };
    const error = thrownBy(() => codecOf().encode(getter));
    expect([error.code, error.metadata['kind'], error.exceptionType]).to.deep.equal([
      'NOT_ENCODABLE',
      'unreadable',
      'RangeError',
    ]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(thrownBy(() => codecOf().encode(proxy)).code).to.equal('NOT_ENCODABLE');
  });

  it('fails the attempt that sends it, which is not tried again', async () => {
    let attempts = 0;
    const sends = node(
      'sends',
      (payload) => {
        attempts++;
        return codecOf().encode(payload);
      },
      { maxRetries: 3 },
    );
    const flow = await flows.run(line(sends));
    const thrown = await flow.call(() => SECRET).catch((error: unknown) => error);
    expect(FlowError.is(thrown, 'NOT_ENCODABLE') ? [thrown.nodeName, attempts] : thrown).to.deep.equal(['sends', 1]);
  });
});

describe('D27 payloads that are too large', () => {
  it('are refused before they are sent, counted in bytes', () => {
    const codec = codecOf({}, 10);
    expect(codec.encode('12345678')).to.equal('"12345678"');
    expect(thrownBy(() => codec.encode('1234567ä')).code).to.equal('MESSAGE_TOO_LARGE');
    expect(thrownBy(() => codec.encode('1234567ä')).metadata).to.deep.equal({ maxBytes: 10, bytes: 11 });
  });

  it('are not written down first, however often they are shared', () => {
    let tree: unknown = 1;
    for (let level = 0; level < 60; level++) tree = [tree, tree];
    const error = thrownBy(() => codecOf({}, 100_000).encode(tree));
    expect(error.code).to.equal('MESSAGE_TOO_LARGE');
    expect(error.message).to.equal('A payload has more than the 100000 that it may have');
    const many = Array<Buffer>(1_000).fill(Buffer.alloc(1_000_000));
    expect(thrownBy(() => codecOf({}, 100_000).encode(many)).code).to.equal('MESSAGE_TOO_LARGE');
  });

  it('include `meta`, which may have 16 kB', () => {
    const codec = codecOf();
    expect(codec.encodeMeta({ a: 1n })).to.equal('{"a":{"$bigint":"1"}}');
    expect(codec.encodeMeta({ a: 'x'.repeat(16_384 - 8) })).to.have.length(16_384);
    const error = thrownBy(() => codec.encodeMeta({ a: 'x'.repeat(16_384 - 7) }));
    expect([error.code, error.message]).to.deep.equal([
      'MESSAGE_TOO_LARGE',
      '`meta` of a message has 16385 bytes, more than the 16384 that it may have',
    ]);
  });
});

describe('D28 text that comes', () => {
  it('of a class that is not known names it, and what is known', () => {
    const error = thrownBy(() => codecOf().decode('{"a":[{"$:invoice":{}}]}'));
    expect(error.code).to.equal('UNKNOWN_TYPE');
    expect(error.message).to.equal('No class has the wire name "invoice" here');
    expect(error.metadata).to.deep.equal({ type: 'invoice', known: ['line', 'money', 'order'] });
  });

  const hostile: readonly string[] = [
    '{',
    '',
    '{"$Date":"no"}',
    '{"$Date":5}',
    '{"$bigint":"0x10"}',
    '{"$bigint":1}',
    '{"$number":"1"}',
    '{"$Map":[1]}',
    '{"$Map":{"length":5}}',
    '{"$Set":"abc"}',
    '{"$RegExp":["(",""]}',
    '{"$RegExp":["a","zz"]}',
    '{"$RegExp":null}',
    '{"$URL":"no url"}',
    '{"$Buffer":{"length":4000000000}}',
    '{"$Float64Array":"AAAA"}',
    '{"$nothing":1}',
    '{"$":1}',
    '{"$:":{}}',
    '{"$:a b":{}}',
    '{"$Date":null,"a":1}',
    '{"a":1,"$Date":null}',
    '{"$$a":1,"$Date":null}',
    '{"$:line":[]}',
    '{"$:line":null}',
    '{"$:line":{"isMany":true}}',
    '{"$:line":{"__proto__":{"admin":true}}}',
    '{"$:line":{"constructor":1}}',
    '{"$:line":{"toString":1}}',
    '{"$:money":{"$:line":{}}}'.replace('money', 'penguiflow.FinalAnswer'),
    '{"$:penguiflow.StreamChunk":{"streamId":1}}',
    '{"$:penguiflow.WorkingMemory":{"query":"a","facts":[],"confidence":0,"hops":-1}}',
    '{"$Object":null}',
    `${'['.repeat(100)}${']'.repeat(100)}`,
    `${'{"$Set":['.repeat(100)}${']}'.repeat(100)}`,
  ];
  for (const text of hostile) {
    it(`that is none of ours is refused: ${text.slice(0, 60)}`, () => {
      expect(thrownBy(() => codecOf().decode(text)).code).to.equal('NOT_DECODABLE');
    });
  }

  it('that is larger than what is sent is not looked at', () => {
    expect(thrownBy(() => codecOf({}, 10).decode('"123456789"')).code).to.equal('NOT_DECODABLE');
  });

  it('is no text in what is said of it', () => {
    const error = thrownBy(() => codecOf().decode('{"password": hunter2}'));
    expect(`${error.stack} ${JSON.stringify(error)}`).to.not.include('hunter2');
    expect(error.cause).to.equal(undefined);
  });

  it('that `decode` of a `wire` makes nothing of is refused', () => {
    const none = wire(Money, { encode: () => 1, decode: () => ({}) as Money });
    expect(thrownBy(() => crossed(new Money(1), { money: none })).message).to.match(
      /`decode` of "money" makes no Money/,
    );
    const throwing = wire(Money, {
      encode: () => 1,
      decode: () => {
        throw new TypeError('no');
      },
    });
    const error = thrownBy(() => crossed([new Money(1)], { money: throwing }));
    expect([error.code, error.exceptionType, error.metadata['path']]).to.deep.equal([
      'NOT_DECODABLE',
      'TypeError',
      'payload[0]',
    ]);
  });
});
