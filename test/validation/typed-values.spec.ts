import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsDate,
  IsInstance,
  IsInt,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  ValidateNested,
} from 'class-validator';
import { expect } from 'chai';
import type { NodeOptions, PayloadShape } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Item {
  @IsString() sku!: string;
  @IsPositive() price!: number;
}
class RushItem extends Item {}
class Items extends Array<Item> {}

class Basket {
  @IsOptional() @ValidateNested() @Type(() => Item) one?: Item;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) list?: Item[];
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) byName?: Map<string, Item>;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) set?: Set<Item>;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) own?: Items;
}

const item = (price = 1): Item => Object.assign(new Item(), { sku: 'a', price });
const GOOD = { sku: 'a', price: 1 };
const BAD = { sku: 'a', price: -1 };

describe('values for which `@Type` names a class', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(shape: PayloadShape, payload: unknown, options: NodeOptions = {}): Promise<never> {
    const flow = await bench.run(line(node('Take', (given) => [given], { ...options, input: shape })));
    const [same] = (await flow.call(payload)) as [never];
    return same;
  }
  async function refused(
    shape: PayloadShape,
    payload: unknown,
    options?: NodeOptions,
  ): Promise<Record<string, string[]>> {
    const found = violationsOf(await failureOf(taken(shape, payload, options)));
    return Object.fromEntries(found.map(({ path, constraints }) => [path, Object.keys(constraints)]));
  }

  it('R15 stay the instances that they are, those of derived classes too, in every collection', async () => {
    const [one, rush] = [item(), Object.assign(new RushItem(), GOOD)];
    const [byName, set, own] = [new Map([['a', one]]), new Set([one, rush]), Items.from([one])];
    const basket: Basket = await taken(Basket, { one: rush, list: [one, rush, GOOD], byName, set, own });
    expect([basket.one, basket.list?.[0], basket.list?.[1]]).to.have.ordered.members([rush, one, rush]);
    expect(basket.list?.[2]).to.be.instanceOf(Item);
    expect([basket.byName, basket.set, basket.own]).to.have.ordered.members([byName, set, own]);
    expect([...byName.values(), ...set]).to.have.ordered.members([one, one, rush]);
  });

  it('R15 become instances in a Map and in a Set, whatever the keys, and the payload keeps its own', async () => {
    const payload = {
      byName: new Map<unknown, unknown>([
        ['size', GOOD],
        ['__proto__', GOOD],
        [7, GOOD],
        [item, [GOOD]],
      ]),
      set: new Set([GOOD, item()]),
    };
    const { byName, set }: Basket = await taken(Basket, payload);
    expect([...(byName?.keys() ?? [])]).to.deep.equal(['size', '__proto__', 7, item]);
    expect([...(byName?.values() ?? [])].flat().every((each) => each instanceof Item)).to.equal(true);
    expect([...(set ?? [])].every((each) => each instanceof Item)).to.equal(true);
    expect(set).to.be.instanceOf(Set).with.property('size', 2);
    expect(payload.byName.get('size')).to.equal(GOOD);
    expect(payload.set.has(GOOD as never)).to.equal(true);
  });

  it('R15 are checked in a Map, a Set, an array and a class of arrays, with their places', async () => {
    expect(
      await refused(Basket, {
        one: BAD,
        list: [GOOD, BAD],
        byName: new Map([['a b', BAD]]),
        set: new Set([GOOD, item(-1)]),
        own: [BAD],
      }),
    ).to.deep.equal({
      'one.price': ['isPositive'],
      'list[1].price': ['isPositive'],
      'byName["a b"].price': ['isPositive'],
      'set[1].price': ['isPositive'],
      'own[0].price': ['isPositive'],
    });
  });

  it('R15 may come as JSON has them: a Map as an object, a Set and a class of arrays as an array', async () => {
    const basket: Basket = await taken(
      Basket,
      JSON.parse('{"byName": {"size": {"sku": "a", "price": 1}}, "set": [], "own": []}'),
    );
    expect(basket.byName?.get('size')).to.be.instanceOf(Item);
    expect(basket.set).to.deep.equal(new Set());
    expect(basket.own).to.be.instanceOf(Items);
    class Loose {
      @IsOptional() @Type(() => Map) map?: Map<string, unknown>;
      @IsOptional() @Type(() => Set) set?: Set<unknown>;
      @IsOptional() @Type(() => Array) list?: unknown[];
      @IsOptional() @Type(() => Object) anything?: unknown;
    }
    const anything = { a: 1 };
    expect(await taken(Loose, { map: { a: { b: 1 } }, set: [1, 1], list: [1], anything })).to.deep.equal(
      Object.assign(new Loose(), { map: new Map([['a', { b: 1 }]]), set: new Set([1]), list: [1], anything }),
    );
  });

  it('R15 are refused in a collection of a class of its own, which nobody could make anew, unless they are instances', async () => {
    class Labels extends Map<string, Item> {}
    class Pile extends Set<unknown> {}
    const [labels, pile] = [new Labels([['a', item()]]), new Pile([item()])];
    const basket: Basket = await taken(Basket, { byName: labels, set: pile });
    expect([basket.byName, basket.set]).to.have.ordered.members([labels, pile]);
    const plain = {
      byName: new Labels([['a', GOOD as Item]]),
      set: new Pile([GOOD]),
      list: Items.from([GOOD as Item]),
    };
    expect(await refused(Basket, plain)).to.deep.equal({
      list: ['conversion'],
      byName: ['conversion'],
      set: ['conversion'],
    });
  });

  it('R15 are refused in an array with holes, however long it is', async () => {
    // eslint-disable-next-line no-sparse-arrays -- a hole is what the test is about
    expect(await refused(Basket, { list: [GOOD, , BAD] })).to.deep.equal({ 'list[1]': ['hole'] });
    expect(await refused(Basket, { list: new Array(4_000_000_000) })).to.deep.equal({ 'list[0]': ['hole'] });
    const match = Object.assign([GOOD], { note: 'b' });
    expect((await taken(Basket, { list: match }))['list']).to.have.property('note', 'b');
  });

  it('R15 that are the same object become the same instance; an object that contains itself is refused', async () => {
    class Tree {
      @Allow() name!: string;
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Tree) children?: Tree[];
      @IsOptional() @ValidateNested() @Type(() => Tree) other?: Tree;
    }
    const shared = { name: 'leaf' };
    const tree: Tree = await taken(Tree, { name: 'root', children: [shared, shared], other: shared });
    expect(tree.children?.[0]).to.be.instanceOf(Tree).and.to.equal(tree.children?.[1]).and.to.equal(tree.other);
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['children'] = [{ name: 'a', children: [loop] }];
    expect(await refused(Tree, { name: 'root', other: loop })).to.deep.equal({
      'other.children[0].children[0]': ['conversion'],
    });
    const list: unknown[] = [];
    list.push(list);
    expect(await refused(Tree, { name: 'root', children: list })).to.deep.equal({ 'children[0]': ['conversion'] });
  });

  it('R15 go by a discriminator, in every collection, and the payload keeps it', async () => {
    class Shape {
      @IsOptional() @IsString() kind?: string;
    }
    class Circle extends Shape {
      @IsPositive() radius!: number;
    }
    class Square extends Shape {
      @IsPositive() side!: number;
    }
    const discriminator = {
      property: 'kind',
      subTypes: [
        { value: Circle, name: 'circle' },
        { value: Square, name: 'square' },
      ],
    };
    class Drawing {
      @ValidateNested({ each: true }) @Type(() => Shape, { discriminator }) list!: Shape[];
      @ValidateNested({ each: true }) @Type(() => Shape, { discriminator }) byName!: Map<string, Shape>;
      @ValidateNested({ each: true })
      @Type(() => Shape, { discriminator, keepDiscriminatorProperty: true })
      set!: Set<Shape>;
    }
    const circle = Object.freeze({ kind: 'circle', radius: 1 });
    const square = Object.assign(new Square(), { side: 1 });
    const drawing: Drawing = await taken(Drawing, {
      list: [circle, square],
      byName: new Map([['a', circle]]),
      set: [circle],
    });
    expect(drawing.list).to.deep.equal([Object.assign(new Circle(), { radius: 1 }), square]);
    expect(drawing.list[1]).to.equal(square);
    expect(drawing.byName.get('a')).to.be.instanceOf(Circle);
    expect([...drawing.set]).to.deep.equal([Object.assign(new Circle(), circle)]);
    expect(await refused(Drawing, { list: [{ kind: 'square', side: 0 }], byName: {}, set: [] })).to.deep.equal({
      'list[0].side': ['isPositive'],
    });
  });

  it('R15 go by a discriminator alone where `@Type` names none but Object', async () => {
    class Circle {
      @IsPositive() radius!: number;
    }
    class Square {
      @IsPositive() side!: number;
    }
    const subTypes = [
      { value: Circle, name: 'circle' },
      { value: Square, name: 'square' },
    ];
    class Drawing {
      @ValidateNested()
      @Type(() => Object, { discriminator: { property: 'kind', subTypes } })
      one!: unknown;
      @IsOptional()
      @ValidateNested({ each: true })
      @Type(() => Object, { discriminator: { property: 'kind', subTypes } })
      list?: unknown[];
    }
    const square = Object.assign(new Square(), { side: 1 });
    const drawing: Drawing = await taken(Drawing, {
      one: { kind: 'circle', radius: 1 },
      list: [square, { kind: 'square', side: 2 }],
    });
    expect(drawing.one).to.deep.equal(Object.assign(new Circle(), { radius: 1 }));
    expect(drawing.list?.[0]).to.equal(square);
    expect(drawing.list?.[1]).to.be.instanceOf(Square);
    expect(await refused(Drawing, { one: { kind: 'circle', radius: 0 } })).to.deep.equal({
      'one.radius': ['isPositive'],
    });
    expect(Object.keys(await refused(Drawing, { one: { kind: 'line' } }))).to.deep.equal(['one']);
  });

  describe('of the language', () => {
    class Row {
      @IsOptional() @IsString() @Type(() => String) text?: string;
      @IsOptional() @IsNumber() @Type(() => Number) number?: number;
      @IsOptional() @IsBoolean() @Type(() => Boolean) flag?: boolean;
      @IsOptional() @IsDate() @Type(() => Date) date?: Date;
      @IsOptional() @IsInstance(Buffer) @Type(() => Buffer) bytes?: Buffer;
      @IsOptional() @IsInt({ each: true }) @Type(() => Number) numbers?: number[];
      @IsOptional() @IsInt({ each: true }) @Type(() => Number) totals?: Map<string, number>;
      @IsOptional() @IsInstance(Uint8Array) @Type(() => Uint8Array) typed?: Uint8Array;
    }

    it('R15 are converted to as class-transformer does', async () => {
      const row: Row = await taken(Row, {
        text: 5,
        number: '5',
        flag: 'false',
        date: '2026-01-01T00:00:00.000Z',
        bytes: 'abc',
        numbers: ['1', 2],
        totals: { size: '3' },
      });
      expect(row).to.deep.equal(
        Object.assign(new Row(), {
          text: '5',
          number: 5,
          flag: true,
          date: new Date('2026-01-01T00:00:00.000Z'),
          bytes: Buffer.from('abc'),
          numbers: [1, 2],
          totals: new Map([['size', 3]]),
        }),
      );
      const buffer = JSON.parse(JSON.stringify(Buffer.from('abc'))) as unknown;
      expect((await taken(Row, { bytes: buffer }))['bytes']).to.deep.equal(Buffer.from('abc'));
      expect(await taken(Row, { text: new URL('http://a.test/'), number: new Date(7), flag: null })).to.deep.include({
        text: 'http://a.test/',
        number: 7,
        flag: null,
      });
    });

    it('R15 stay the values that they are', async () => {
      const given = {
        date: new Date(0),
        bytes: Buffer.from('a'),
        typed: new Uint8Array(2),
        totals: new Map([['a', 1]]),
      };
      const row: Row = await taken(Row, given);
      for (const [key, value] of Object.entries(given)) expect(row[key as keyof Row]).to.equal(value);
    });

    it('R15 are not made of objects that have nothing of them', async () => {
      expect(
        await refused(Row, {
          text: { $gt: '' },
          number: {},
          flag: {},
          date: { a: 1 },
          numbers: [{}],
          totals: { a: {} },
        }),
      ).to.deep.equal({
        text: ['conversion'],
        number: ['conversion'],
        flag: ['conversion'],
        date: ['conversion'],
        'numbers[0]': ['conversion'],
        'totals.a': ['conversion'],
      });
      const [violation] = violationsOf(await failureOf(taken(Row, { number: new Uint8Array(2) })));
      expect(violation?.constraints['conversion']).to.equal(
        'must be what can become a Number, not an instance of Uint8Array',
      );
      expect(await refused(Row, { text: () => 'a' })).to.deep.equal({ text: ['conversion'] });
    });

    it('R15 are not filled with what they drop: a Uint8Array that came as JSON', async () => {
      const json = JSON.parse(JSON.stringify(new Uint8Array([1, 2]))) as unknown;
      expect(await refused(Row, { typed: json })).to.deep.equal({
        'typed["0"]': ['conversion'],
        'typed["1"]': ['conversion'],
      });
    });
  });

  describe('what the class has already', () => {
    class Cart {
      @IsOptional() names: string[] = ['none'];
      @Allow() onDone: unknown = () => 'default';
      get count(): number {
        return this.names.length;
      }
      #label = '';
      @Allow() get label(): string {
        return this.#label;
      }
      set label(text: string) {
        this.#label = text.trim();
      }
      total(): number {
        return 7;
      }
    }
    class BigCart extends Cart {}

    it('R15 a default stays where nothing is given, a getter works out its value, a setter is called', async () => {
      const cart: BigCart = await taken(BigCart, { count: 99, label: ' a ' });
      expect([cart.names, cart.count, cart.label, cart.total()]).to.deep.equal([['none'], 1, 'a', 7]);
    });

    it('R15 a method stays the method: what is given for one is refused, unless whitelisting leaves it out', async () => {
      const methods = { total: 5, toString: 'x', onDone: 1 };
      expect(await refused(BigCart, methods)).to.deep.equal({
        total: ['method'],
        toString: ['method'],
        onDone: ['method'],
      });
      const cart: BigCart = await taken(BigCart, { total: 5, label: 'a' }, { whitelist: true });
      expect([cart.total(), Object.hasOwn(cart, 'total')]).to.deep.equal([7, false]);
      const onDone = (): string => 'given';
      expect((await taken(BigCart, { onDone }))['onDone']).to.equal(onDone);
    });
  });

  describe('whitelisting', () => {
    it('R15 leaves the properties of nested instances alone, which belong to whoever made them', async () => {
      const mine = Object.assign(item(), { note: 'mine' });
      const key = Symbol('key');
      const payload = { one: mine, list: [{ ...GOOD, note: 'theirs' }], more: 1, [key]: 2 };
      const basket: Basket = await taken(Basket, payload, { whitelist: true });
      expect(basket.one).to.equal(mine).and.to.have.property('note', 'mine');
      expect(basket.list?.[0]).to.deep.equal(item());
      expect(basket).not.to.have.property('more');
      expect((basket as unknown as Record<symbol, unknown>)[key]).to.equal(2);
      expect(await refused(Basket, payload, { forbidNonWhitelisted: true })).to.deep.equal({
        more: ['whitelistValidation'],
        'one.note': ['whitelistValidation'],
        'list[0].note': ['whitelistValidation'],
      });
    });
  });

  describe('with other decorators of class-transformer', () => {
    it('R15 `@Expose` names keys, and takes defaults away; `@Exclude` leaves out', async () => {
      class User {
        @Expose({ name: 'user_name' }) @IsString() userName!: string;
        @Expose() @Allow() role: unknown = 'guest';
        @Allow() lang = 'en';
        @Exclude() @Allow() secret?: string;
      }
      const user: User = await taken(User, { user_name: 'ann', secret: 'x' });
      expect(user).to.deep.equal(
        Object.assign(new User(), { userName: 'ann', role: undefined, lang: 'en', secret: undefined }),
      );
      @Exclude()
      class Strict {
        @Expose() @Allow() a: unknown;
      }
      expect({ ...((await taken(Strict, { a: 1, b: 2, [Symbol('c')]: 3 })) as object) }).to.deep.equal({ a: 1 });
    });

    it('R15 `@Transform` gets the values themselves, and what it does to plain data does not reach the payload', async () => {
      class Query {
        @Transform(({ value }: { value: ReadonlyMap<string, number> }) => [...value.keys()]) @Allow() names!: string[];
        @Transform(({ value }: { value: string[] }) => value.sort()) @Allow() sorted!: string[];
        @Transform(({ obj }: { obj: { more: string[] } }) => obj.more.splice(0).length) @Allow() count!: number;
        @Allow() more!: string[];
      }
      const payload = { names: new Map([['a', 1]]), sorted: ['b', 'a'], count: 0, more: ['x', 'y'] };
      const query: Query = await taken(Query, payload);
      expect(query).to.deep.equal(
        Object.assign(new Query(), { names: ['a'], sorted: ['a', 'b'], count: 2, more: ['x', 'y'] }),
      );
      expect(payload).to.deep.equal({ names: new Map([['a', 1]]), sorted: ['b', 'a'], count: 0, more: ['x', 'y'] });
    });
  });

  it('R15 that cannot be made are refused with their place, and without what was thrown', async () => {
    class Picky {
      constructor(name: string) {
        if (typeof name !== 'string') throw new RangeError('s3cr3t');
      }
    }
    class Closed {
      constructor() {
        Object.freeze(this);
      }
    }
    const Impostor = function () {
      return new Map();
    } as unknown as new () => object;
    class Holder {
      @IsOptional() @Type(() => Impostor) impostor?: object;
      @IsOptional() @Type(() => Picky) picky?: Picky;
      @IsOptional() @Type(() => Closed) closed?: Closed[];
    }
    const picky = await failureOf(taken(Holder, { picky: {} }));
    expect(violationsOf(picky)).to.deep.equal([
      { path: 'picky', constraints: { conversion: 'cannot be made Holder: RangeError was thrown' } },
    ]);
    expect(JSON.stringify(picky)).not.to.contain('s3cr3t');
    expect(await refused(Holder, { closed: [{ a: 1 }] })).to.deep.equal({ 'closed[0].a': ['conversion'] });
    expect(await refused(Holder, { impostor: { a: 1 } })).to.deep.equal({ impostor: ['instanceOf'] });
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const error = await failureOf(taken(Holder, { more: deep }));
    expect(violationsOf(error)[0]?.constraints).to.have.keys('conversion');
    expect(JSON.stringify(error).length).to.be.lessThan(2_000);
  });
});
