import { Type } from 'class-transformer';
import { IsDefined, IsOptional, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import { arrayOf, oneOf, type PayloadShape } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';
import { KEPT_KINDS } from './support/kept-kinds.js';
import { PLAIN_KINDS } from './support/plain-kinds.js';
import { expectSameData } from './support/same-data.js';

class Inner {
  @IsDefined() v!: unknown;
}

class Any {
  @IsDefined() v!: unknown;
  @IsOptional() @ValidateNested() @Type(() => Inner) inner?: Inner;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Inner) list?: Inner[];
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Inner) byName?: Map<string, Inner>;
}

/** One of the values that `@Type` names, and one of another class. */
class Typed {
  @IsDefined() @Type(() => Inner) v!: unknown;
}

class Other {
  a = 1;
}

/** class-validator looks at them. */
const UNTOUCHABLE: readonly string[] = ['a proxy that throws', 'a proxy that was revoked'];

/** Their elements are what `@Type` names, and a proxy is what it stands for. */
const CONVERTED: readonly string[] = ['a Map', 'a Set', 'a proxy of a plain object', 'a proxy of an array'];

describe('what validation by class does to values', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(shape: PayloadShape, payload: unknown): Promise<unknown> {
    const flow = await bench.run(line(node('Take', (given) => [given], { input: shape })));
    const [same] = (await flow.call(payload)) as [unknown];
    return same;
  }

  for (const kind of UNTOUCHABLE) {
    it(`R15 passes ${kind} on as it is where no rule looks at it`, async () => {
      const value = KEPT_KINDS[kind]?.();
      const any = (await taken(Any, { v: 1, more: [value, { value }], inner: { v: 1, more: value } })) as never;
      expectSameData([value, { value }], any['more']);
      expectSameData({ value }, { value: any['inner']['more'] });
    });
  }

  for (const [kind, make] of Object.entries(KEPT_KINDS)) {
    if (UNTOUCHABLE.includes(kind)) continue;
    it(`R15 passes ${kind} on as it is, at any depth, and changes nothing of the payload`, async () => {
      const value = make();
      const payload = {
        v: value,
        more: [value, { deep: [[value]], [Symbol.for('key')]: value }],
        inner: { v: value },
        list: [{ v: [value] }],
        byName: new Map([['size', { v: { deep: value } }]]),
      };
      const any = (await taken(Any, payload)) as Any & { more: unknown[] };
      expect(any.v === value || Object.is(any.v, value)).to.equal(true);
      expectSameData(payload.more, any.more);
      expect(any.inner).to.be.instanceOf(Inner);
      expect(Object.is(any.inner?.v, value)).to.equal(true);
      expectSameData(payload.list[0]?.v, any.list?.[0]?.v);
      expectSameData({ deep: value }, any.byName?.get('size')?.v);
      expect(payload.inner).not.to.be.instanceOf(Inner);
      expect(payload.byName.get('size')).not.to.be.instanceOf(Inner);
      const listed = (await taken(arrayOf(oneOf(Any)), [{ v: [value] }])) as [Any];
      expectSameData([value], listed[0].v);
    });

    if (CONVERTED.includes(kind)) continue;
    it(`R15 leaves ${kind} where \`@Type\` names a class, or refuses it by name`, async () => {
      const value = make();
      const outcome = await taken(Typed, { v: value }).catch((error: unknown) => error);
      if (outcome instanceof Typed) expect(Object.is(outcome.v, value)).to.equal(true);
      else expect(violationsOf(outcome as never)[0]?.path).to.match(/^v\b/);
    });
  }

  for (const [kind, make] of Object.entries(PLAIN_KINDS)) {
    it(`R15 changes nothing of ${kind}`, async () => {
      const value = make();
      const any = (await taken(Any, { v: value, inner: { v: [value] } })) as Any;
      expectSameData(value, any.v);
      expectSameData([value], any.inner?.v);
    });
  }

  it('R15 gives every attempt its own plain data, and keeps aliases between its parts', async () => {
    const tags = ['a'];
    const payload = { v: tags, inner: { v: tags } };
    const mutating = node(
      'Take',
      (given, ctx) => {
        const any = given as Any & { v: string[] };
        any.v.push('b');
        if (ctx.attempt === 0) throw new Error('again');
        return [any.v, any.v === any.inner?.v];
      },
      { input: Any, maxRetries: 1, backoffBaseS: 0 },
    );
    const flow = await bench.run(line(mutating));
    expect(await flow.call(payload)).to.deep.equal([['a', 'b'], true]);
    expect(tags).to.deep.equal(['a']);
  });

  it('R15 reads what an instance is made of: a getter that throws is refused with its place, and nothing it throws is told', async () => {
    const payload = {
      v: 1,
      inner: {
        get v(): unknown {
          throw new TypeError('s3cr3t');
        },
      },
    };
    const error = await failureOf(taken(Any, payload));
    expect(violationsOf(error)).to.deep.equal([
      { path: 'inner.v', constraints: { conversion: 'cannot be made Any: TypeError was thrown' } },
    ]);
    expect(JSON.stringify(error)).not.to.contain('s3cr3t');
  });

  it('R15 takes frozen payloads, those without a prototype and those of another realm', async () => {
    const frozen = Object.freeze({
      v: 1,
      inner: Object.freeze({ v: 2 }),
      list: Object.freeze([Object.freeze({ v: 3 })]),
    });
    expect(await taken(Any, frozen)).to.deep.equal(
      Object.assign(new Any(), {
        v: 1,
        inner: Object.assign(new Inner(), { v: 2 }),
        list: [Object.assign(new Inner(), { v: 3 })],
      }),
    );
    const bare = Object.assign(Object.create(null) as object, { v: 1 });
    expect(await taken(Any, bare)).to.be.instanceOf(Any);
  });

  it('R15 keeps symbol keys, those of nested instances too', async () => {
    const key = Symbol('key');
    const any = (await taken(Any, { v: 1, [key]: { a: 1 }, inner: { v: 2, [key]: 3 } })) as Record<symbol, unknown> &
      Any;
    expect(any[key]).to.deep.equal({ a: 1 });
    expect((any.inner as unknown as Record<symbol, unknown>)[key]).to.equal(3);
  });

  it('R15 refuses a payload, and a part of it, that cannot be looked at', async () => {
    const throwing = KEPT_KINDS['a proxy that throws'];
    const flow = await bench.run(
      line(
        node('Make', () => [throwing?.()]),
        node('Take', () => 1, { input: arrayOf(Any) }),
      ),
    );
    expect(violationsOf(await failureOf(flow.call({})))[0]?.constraints).to.have.keys('conversion');
  });

  it('R15 refuses an instance of another class where `@Type` names one, by both names', async () => {
    for (const [value, kind] of [
      [new Other(), 'an instance of Other'],
      [new Date(0), 'an instance of Date'],
      [/a/, 'an instance of RegExp'],
      [Promise.resolve(new Inner()), 'an instance of Promise'],
    ] as const) {
      expect(violationsOf(await failureOf(taken(Any, { v: 1, list: [{ v: 1 }, value] })))).to.deep.equal([
        { path: 'list[1]', constraints: { instanceOf: `must be an instance of Inner, not ${kind}` } },
      ]);
    }
  });

  it('R15 refuses 50,000 such values with an error of the usual size', async () => {
    const list = Array.from({ length: 50_000 }, () => new Other());
    const error = await failureOf(taken(Any, { v: 1, list }));
    expect([violationsOf(error).length, error.metadata['violations_left_out']]).to.deep.equal([50, 49_950]);
  });
});
