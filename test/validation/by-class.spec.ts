import { Transform, Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsInt,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  MinLength,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { expect } from 'chai';
import { Message, type FlowError } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Item {
  @IsString() sku!: string;
  @IsPositive() price!: number;
}

class Order {
  @IsString() @Length(2, 4) id!: string;
  @ValidateNested({ each: true }) @Type(() => Item) @ArrayMinSize(1) items!: Item[];
}

class Priced {
  @IsInt() @IsPositive() cents!: number;
}

/** No rule at all. */
class Plain {
  name = '';
  get shout(): string {
    return this.name.toUpperCase();
  }
}

const ITEM = { sku: 'a', price: 1 };
const ORDER = { id: 'ab', items: [ITEM] };

describe('validation by class', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  describe('of the input', () => {
    it('R15 makes plain objects instances, nested ones too, and leaves what was given alone', async () => {
      const order = structuredClone(ORDER);
      const echo = node('Echo', (payload) => payload, { input: Order });
      const flow = await bench.run(line(echo));
      const taken = (await flow.call(order)) as Order;
      expect(taken).to.be.instanceOf(Order);
      expect(taken.items[0]).to.be.instanceOf(Item);
      expect(taken).to.deep.equal(Object.assign(new Order(), { id: 'ab', items: [Object.assign(new Item(), ITEM)] }));
      expect(order).to.deep.equal(ORDER);
      expect(order).not.to.be.instanceOf(Order);
    });

    it('R15 does not make an instance anew', async () => {
      const order = Object.assign(new Order(), { id: 'ab', items: [Object.assign(new Item(), ITEM)] });
      const flow = await bench.run(line(node('Echo', (payload) => payload, { input: Order })));
      expect(await flow.call(order)).to.equal(order);
      class Rush extends Order {}
      const rush = Object.assign(new Rush(), order);
      expect(await flow.call(rush)).to.equal(rush);
    });

    it('R15 says where a violation is and which constraints it breaks, and does not retry', async () => {
      let calls = 0;
      const flow = await bench.run(line(node('Price', () => calls++, { input: Order, maxRetries: 3 })));
      const error = await failureOf(
        flow.call({ id: 'abcdef', items: [ITEM, { sku: 1, price: -1 }, 'x', ITEM, ITEM, { sku: 'a' }] }),
      );
      expect(error.code).to.equal('VALIDATION_FAILED');
      expect(error.nodeName).to.equal('Price');
      expect(error.message).to.equal(
        'The input of node "Price" is not valid: id (isLength), items[1].sku (isString), items[1].price (isPositive) and 2 more',
      );
      expect(error.metadata).to.deep.include({ direction: 'input', attempt: 0 });
      expect(violationsOf(error)).to.deep.equal([
        { path: 'id', constraints: { isLength: 'id must be shorter than or equal to 4 characters' } },
        { path: 'items[1].sku', constraints: { isString: 'sku must be a string' } },
        { path: 'items[1].price', constraints: { isPositive: 'price must be a positive number' } },
        { path: 'items[2]', constraints: { nestedValidation: 'must be an object' } },
        { path: 'items[5].price', constraints: { isPositive: 'price must be a positive number' } },
      ]);
      expect(calls).to.equal(0);
    });

    const refused: ReadonlyArray<readonly [unknown, string]> = [
      ['text', 'a string'],
      [7, 'a number'],
      [null, 'null'],
      [undefined, 'undefined'],
      [[ORDER], 'an array'],
      [new Map([['id', 'ab']]), 'an instance of Map'],
      [new Date(0), 'an instance of Date'],
      [new Item(), 'an instance of Item'],
    ];
    for (const [payload, kind] of refused) {
      it(`R15 refuses ${kind} in place of an Order, by its kind`, async () => {
        const flow = await bench.run(line(node('Price', () => 1, { input: Order })));
        expect(violationsOf(await failureOf(flow.call(payload)))).to.deep.equal([
          { path: '', constraints: { instanceOf: `must be an instance of Order, not ${kind}` } },
        ]);
      });
    }

    it('R15 only makes an instance of a class without rules', async () => {
      const flow = await bench.run(line(node('Greet', (payload) => (payload as Plain).shout, { input: Plain })));
      expect(await flow.call({ name: 'ann', more: 1 })).to.equal('ANN');
      expect((await failureOf(flow.call('ann'))).code).to.equal('VALIDATION_FAILED');
    });

    it('R15 refuses a nested plain object whose class nobody named', async () => {
      class Parcel {
        @ValidateNested() item!: Item;
      }
      const flow = await bench.run(line(node('Send', () => 1, { input: Parcel })));
      const [violation] = violationsOf(await failureOf(flow.call({ item: { sku: 1 } })));
      expect(violation?.path).to.equal('item');
      expect(violation?.constraints['unknownValue']).to.contain('@Type');
    });

    it('R15 reports a payload that cannot be converted as a violation, without what was thrown', async () => {
      class Trimmed {
        @Transform(({ value }: { value: string }) => value.trim()) @IsString() name!: string;
      }
      const flow = await bench.run(line(node('Trim', (payload) => payload, { input: Trimmed })));
      expect(await flow.call({ name: ' a ' })).to.deep.equal(Object.assign(new Trimmed(), { name: 'a' }));
      const error = await failureOf(flow.call({ name: 7 }));
      expect(violationsOf(error)).to.deep.equal([
        { path: 'name', constraints: { conversion: 'cannot be made Trimmed: TypeError was thrown' } },
      ]);
      expect(error.cause).to.equal(undefined);
    });

    it('R15 refuses keys of a payload that could reach a prototype, at any depth', async () => {
      const flow = await bench.run(line(node('Greet', (payload) => payload, { input: Plain })));
      const evil: unknown = JSON.parse(
        '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "name": "a", "shout": "x",' +
          '"more": [{"__proto__": {"polluted": 1}, "fine": 1}, {"constructor": {"prototype": {"polluted": 1}}}]}',
      );
      const found = violationsOf(await failureOf(flow.call(evil)));
      expect(found.map(({ path }) => path)).to.deep.equal([
        '__proto__',
        'constructor',
        'more[0].__proto__',
        'more[1].constructor',
      ]);
      expect(found[0]?.constraints).to.have.keys('forbiddenKey');
      expect({}).not.to.have.property('polluted');
      const harmless = { name: 'a', more: { constructor: 'Ferrari', prototype: 1 } };
      expect(((await flow.call(harmless)) as { more: object }).more).to.deep.equal(harmless.more);
    });

    it('R15 refuses instances that claim another class by a property of their own, nested ones too', async () => {
      const spoofed = Object.assign(new Order(), { constructor: Plain });
      const checked = await bench.run(line(node('Price', () => 1, { input: Order })));
      expect((await failureOf(checked.call(spoofed))).code).to.equal('VALIDATION_FAILED');
      class Claims {
        static [Symbol.hasInstance](value: unknown): boolean {
          return value instanceof Plain;
        }
        @IsString() name!: string;
      }
      const claiming = await bench.run(line(node('Greet', () => 1, { input: Claims })));
      expect((await failureOf(claiming.call(new Plain()))).code).to.equal('VALIDATION_FAILED');
      class Lenient {
        @IsOptional() anything?: unknown;
      }
      const item = Object.assign(new Item(), { constructor: Lenient });
      const [violation] = violationsOf(await failureOf(checked.call({ id: 'ab', items: [item] })));
      expect(violation?.path).to.equal('items[0]');
    });

    it('R15 gives every node and every attempt the payload that arrived, discriminators included', async () => {
      class Shape {
        @IsString() @IsOptional() note?: string;
      }
      class Circle extends Shape {
        @IsPositive() radius!: number;
      }
      class Drawing {
        @ValidateNested()
        @Type(() => Shape, { discriminator: { property: 'kind', subTypes: [{ value: Circle, name: 'circle' }] } })
        shape!: Shape;
      }
      const seen: unknown[] = [];
      const draw = node(
        'Draw',
        (payload, ctx) => {
          seen.push((payload as Drawing).shape);
          if (ctx.attempt === 0) throw new Error('again');
          return 1;
        },
        { input: Drawing, maxRetries: 1, backoffBaseS: 0 },
      );
      const flow = await bench.run(line(draw));
      const drawing = { shape: { kind: 'circle', radius: 1 } };
      await flow.call(drawing);
      expect(seen.map((shape) => shape instanceof Circle)).to.deep.equal([true, true]);
      expect(drawing).to.deep.equal({ shape: { kind: 'circle', radius: 1 } });
    });

    it('R15 lists the first 50 violations and counts the rest', async () => {
      const flow = await bench.run(line(node('Price', () => 1, { input: Order })));
      const error = await failureOf(flow.call({ id: 'ab', items: Array.from({ length: 60 }, () => ({ sku: 'a' })) }));
      expect(violationsOf(error)).to.have.length(50);
      expect(error.metadata['violations_left_out']).to.equal(10);
    });
  });

  describe('of the output', () => {
    const cents = (value: unknown): unknown => ({ cents: value });
    const good = Object.assign(new Priced(), { cents: 5 });

    const ways: ReadonlyArray<readonly [string, (value: unknown) => Parameters<typeof node>[1]]> = [
      ['returned', (value) => () => cents(value)],
      ['returned by a promise', (value) => async () => cents(value)],
      ['in a returned Message', (value) => (_, ctx) => ctx.message.with({ payload: cents(value) })],
      [
        'of an async iterable',
        (value) =>
          async function* () {
            yield cents(value);
          },
      ],
      [
        'that a generator returns',
        (value) =>
          async function* () {
            if (value === undefined) yield 0;
            return cents(await Promise.resolve(value));
          },
      ],
      [
        'emitted with ctx.emit',
        (value) => async (_, ctx) => {
          await ctx.emit(cents(value));
        },
      ],
      [
        'emitted in a Message',
        (value) => async (_, ctx) => {
          await ctx.emit(ctx.message.with({ payload: cents(value) }));
        },
      ],
    ];
    for (const [way, process] of ways) {
      it(`R15 checks a payload ${way}`, async () => {
        const fine = await bench.run(line(node('Fine', process(5), { output: Priced })));
        expect(await fine.call({})).to.deep.equal(good);
        expect((await fine.fetch({ traceId: await fine.emit({}) })) as object).to.be.instanceOf(Priced);
        const bad = await bench.run(line(node('Bad', process(-5), { output: Priced, maxRetries: 2 })));
        const error = await failureOf(bad.call({}));
        expect(error.code).to.equal('VALIDATION_FAILED');
        expect(error.message).to.equal('The output of node "Bad" is not valid: cents (isPositive)');
        expect(error.metadata['direction']).to.equal('output');
      });
    }

    it('R15 has nothing to check when a node emits nothing', async () => {
      const flow = await bench.run(line(node('Quiet', () => undefined, { output: Priced })));
      expect((await failureOf(flow.call({}))).code).to.equal('NO_RESULT');
    });

    it('R15 lets the values before the bad one out, and closes the stream', async () => {
      let closed = false;
      const stream = node(
        'Stream',
        async function* () {
          try {
            yield cents(1);
            yield cents(-1);
            yield cents(2);
          } finally {
            closed = true;
          }
        },
        { output: Priced },
      );
      const flow = await bench.run(line(stream));
      const traceId = await flow.emit({});
      expect(((await flow.fetch({ traceId })) as Priced).cents).to.equal(1);
      expect((await failureOf(flow.fetch({ traceId }))).code).to.equal('VALIDATION_FAILED');
      expect(closed).to.equal(true);
    });

    it('R15 keeps the envelope of a Message whose payload became an instance', async () => {
      const process = (_: unknown, ctx: { message: Message }): Message =>
        ctx.message.with({ payload: cents(5), meta: { a: 1 } });
      const flow = await bench.run(line(node('Fine', process, { output: Priced })));
      const traceId = await flow.emit({}, { tenant: 'acme' });
      const message = await flow.fetchMessage({ traceId, tenant: 'acme' });
      expect(message.payload).to.be.instanceOf(Priced);
      expect([message.meta, message.headers.tenant]).to.deep.equal([{ a: 1 }, 'acme']);
    });
  });

  describe('option validate', () => {
    const modes = { both: [true, true], in: [true, false], out: [false, true], none: [false, false] } as const;
    for (const [validate, [checksInput, checksOutput]] of Object.entries(modes)) {
      it(`R15 '${validate}' checks the input: ${checksInput}, the output: ${checksOutput}`, async () => {
        const options = { input: Plain, output: Priced, validate: validate as keyof typeof modes };
        const flow = await bench.run(line(node('Node', (payload) => payload, options)));
        const directionOf = async (payload: unknown): Promise<unknown> =>
          flow.call(payload).then(
            () => 'none',
            (error: unknown) => (error as FlowError).metadata['direction'],
          );
        expect(await directionOf('x')).to.equal(checksInput ? 'input' : checksOutput ? 'output' : 'none');
        expect(await directionOf(new Plain())).to.equal(checksOutput ? 'output' : 'none');
      });
    }
  });

  describe('whitelisting', () => {
    const given = { sku: 'a', price: 1, admin: true };

    it('R15 is off by default: properties without a rule stay', async () => {
      const flow = await bench.run(line(node('Take', (payload) => payload, { input: Item })));
      expect(await flow.call(given)).to.have.property('admin', true);
    });

    it('R15 whitelist leaves properties without a rule out, of plain objects only', async () => {
      const flow = await bench.run(line(node('Take', (payload) => payload, { input: Item, whitelist: true })));
      expect(await flow.call(given)).to.deep.equal(Object.assign(new Item(), ITEM));
      expect(given).to.have.property('admin');
      const instance = Object.freeze(Object.assign(new Item(), given));
      expect(await flow.call(instance)).to.equal(instance);
    });

    it('R15 forbidNonWhitelisted refuses them, of instances too, and needs no whitelist beside it', async () => {
      const flow = await bench.run(line(node('Take', () => 1, { input: Item, forbidNonWhitelisted: true })));
      for (const payload of [given, Object.assign(new Item(), given)]) {
        expect(violationsOf(await failureOf(flow.call(payload)))).to.deep.equal([
          { path: 'admin', constraints: { whitelistValidation: 'is not a property that may be given' } },
        ]);
      }
    });
  });

  describe('with asynchronous rules', () => {
    /** A rule whose answer comes when the test says so; class-validator is not told that it is asynchronous. */
    function IsKnown(answer: () => Promise<boolean>, async?: boolean): PropertyDecorator {
      return (target, propertyName) =>
        registerDecorator({
          name: 'isKnown',
          target: target.constructor,
          propertyName: propertyName as string,
          ...(async === undefined ? undefined : { async }),
          validator: { validate: answer, defaultMessage: () => '$property must be known' },
        });
    }

    for (const marked of [true, undefined]) {
      it(`R15 waits for them, ${marked ? 'marked as such' : 'unmarked'}, nested too`, async () => {
        let known = false;
        class Customer {
          @IsKnown(async () => known, marked) id!: string;
        }
        class Visit {
          @ValidateNested() @Type(() => Customer) customer!: Customer;
        }
        const flow = await bench.run(line(node('Greet', () => 'hello', { input: Visit })));
        expect(violationsOf(await failureOf(flow.call({ customer: { id: 'a' } })))).to.deep.equal([
          { path: 'customer.id', constraints: { isKnown: 'id must be known' } },
        ]);
        known = true;
        expect(await flow.call({ customer: { id: 'a' } })).to.equal('hello');
      });
    }

    it('R15 R10 what such a rule rejects with is an error of the attempt, which the policy may retry', async () => {
      let tries = 0;
      class Customer {
        @IsKnown(async () => {
          if (tries++ === 0) throw new Error('database gone');
          return true;
        })
        id!: string;
      }
      const flow = await bench.run(line(node('Greet', () => 1, { input: Customer, maxRetries: 1, backoffBaseS: 0 })));
      expect(await flow.call({ id: 'a' })).to.equal(1);
      expect(tries).to.equal(2);
    });

    it('R11 process does not start for an attempt that timed out while its input was checked', async () => {
      let answer: (known: boolean) => void = () => {};
      class Customer {
        @IsKnown(
          async () =>
            new Promise((resolve) => {
              answer = resolve;
            }),
        )
        id!: string;
      }
      let calls = 0;
      const flow = await bench.run(line(node('Greet', () => calls++, { input: Customer, timeoutS: 1 })));
      const failed = failureOf(flow.call({ id: 'a' }));
      await bench.clock.advance(1_100);
      expect((await failed).code).to.equal('NODE_TIMEOUT');
      answer(true);
      await new Promise(setImmediate);
      expect(calls).to.equal(0);
    });

    it('R4 keeps the order of emits, however long each check takes', async () => {
      const answers: ((known: boolean) => void)[] = [];
      class Slow {
        n!: number;
        @IsKnown(
          async () =>
            new Promise((resolve) => {
              answers.push(resolve);
            }),
        )
        id!: string;
      }
      const emitTwo = node(
        'Two',
        async (_, ctx) => {
          const emits = [ctx.emit({ n: 1, id: 'a' }), ctx.emit({ n: 2, id: 'b' })];
          answers[1]?.(true);
          await new Promise(setImmediate);
          answers[0]?.(true);
          await Promise.all(emits);
        },
        { output: Slow },
      );
      const flow = await bench.run(line(emitTwo));
      const traceId = await flow.emit({});
      const first = (await flow.fetch({ traceId })) as Slow;
      const second = (await flow.fetch({ traceId })) as Slow;
      expect([first.n, second.n]).to.deep.equal([1, 2]);
    });
  });

  describe('messages', () => {
    it('R15 keep custom texts and their tokens, without values', async () => {
      class Account {
        @MinLength(8, { message: '$target: $property needs $constraint1 characters, not "$value"' }) password!: string;
        @IsString({ message: ({ property, value }) => `${property} is ${String(value)}` }) name!: string;
        @IsInt({ message: ({ value }) => `bad ${(value as { deep: { secret: string } }).deep.secret}` }) age!: number;
      }
      const flow = await bench.run(line(node('Open', () => 1, { input: Account })));
      const error = await failureOf(
        flow.call({ password: 'hunter2', name: 31337, age: { deep: { secret: 's3cr3t' } } }),
      );
      expect(violationsOf(error).map(({ constraints }) => Object.values(constraints)[0])).to.deep.equal([
        'Account: password needs 8 characters, not "the value"',
        'name is NaN',
        'must satisfy isInt',
      ]);
      expect(JSON.stringify(error)).not.to.match(/hunter2|31337|s3cr3t/);
    });
  });
});
