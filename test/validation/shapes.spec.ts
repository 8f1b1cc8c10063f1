import { IsPositive, IsString, registerDecorator } from 'class-validator';
import { expect } from 'chai';
import { arrayOf, oneOf, type NodeOptions, type StandardSchema, type Violation } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { failureOf, violationsOf } from './support/failure-of.js';

class Circle {
  @IsPositive() radius!: number;
}
class Square {
  @IsPositive() side!: number;
  @IsString() colour!: string;
}
class Anything {}

const CIRCLE = Object.assign(new Circle(), { radius: 1 });
const SQUARE = Object.assign(new Square(), { side: 1, colour: 'red' });

/** A schema for numbers, written by hand, that doubles them. */
function doubled(validate?: StandardSchema<number>['~standard']['validate']): StandardSchema<number> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate:
        validate ??
        ((value) =>
          typeof value === 'number' ? { value: value * 2 } : { issues: [{ message: `not ${String(value)}` }] }),
    },
  };
}

describe('shapes of payloads', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(input: unknown, payload: unknown): Promise<unknown> {
    const flow = await bench.run(line(node('Take', (given) => given, { input } as Pick<NodeOptions, 'input'>)));
    return flow.call(payload);
  }
  async function violations(input: unknown, payload: unknown): Promise<readonly Violation[]> {
    return violationsOf(await failureOf(taken(input, payload)));
  }

  describe('arrayOf', () => {
    it('R15 checks each element and names its place', async () => {
      expect(await taken(arrayOf(Circle), [{ radius: 1 }, CIRCLE])).to.deep.equal([CIRCLE, CIRCLE]);
      expect(await taken(arrayOf(arrayOf(Circle)), [[{ radius: 1 }], []])).to.deep.equal([[CIRCLE], []]);
      expect(await violations(arrayOf(arrayOf(Circle)), [[CIRCLE], [CIRCLE, { radius: 0 }]])).to.deep.equal([
        { path: '[1][1].radius', constraints: { isPositive: 'radius must be a positive number' } },
      ]);
    });

    it('R15 passes an array of instances on as it is', async () => {
      const circles = [CIRCLE, CIRCLE];
      expect(await taken(arrayOf(Circle), circles)).to.equal(circles);
    });

    it('R15 refuses what is no array, and holes', async () => {
      expect(await violations(arrayOf(Circle), { 0: CIRCLE, length: 1 })).to.deep.equal([
        { path: '', constraints: { isArray: 'must be an array of Circle, not a plain object' } },
      ]);
      // eslint-disable-next-line no-sparse-arrays -- a hole is what the test is about
      expect((await violations(arrayOf(Circle), [CIRCLE, , CIRCLE]))[0]?.path).to.equal('[1]');
    });
  });

  describe('oneOf', () => {
    it('R15 leaves instances to their own class', async () => {
      expect(await taken(oneOf(Circle, Square), SQUARE)).to.equal(SQUARE);
      expect(await violations(oneOf(Circle, Square), Object.assign(new Square(), { side: 1 }))).to.deep.equal([
        { path: 'colour', constraints: { isString: 'colour must be a string' } },
      ]);
    });

    it('R15 takes a plain object as the first member that accepts it', async () => {
      expect(await taken(oneOf(Circle, Square), { side: 1, colour: 'red' })).to.deep.equal(SQUARE);
      expect(await taken(oneOf(Circle, Anything), { side: 1 })).to.be.instanceOf(Anything);
    });

    it('R15 says what is wrong with the nearest member when none accepts it', async () => {
      expect(await violations(oneOf(Square, Circle), { radius: -1 })).to.deep.equal([
        { path: '', constraints: { oneOf: 'must be Square or Circle, not a plain object' } },
        { path: 'radius', constraints: { isPositive: 'radius must be a positive number' } },
      ]);
    });

    it('R15 refuses a member without rules before others at assembly: it would take everything', () => {
      const make = (): unknown => bench.make(line(node('Take', () => 1, { input: oneOf(Anything, Circle) })));
      expect(thrownBy(make).message).to.contain('Anything has no rules');
    });

    it('R15 goes by the discriminator where there is one', async () => {
      const shape = oneOf('kind', { circle: Circle, square: Square });
      expect(await taken(shape, { kind: 'circle', radius: 1 })).to.deep.equal(
        Object.assign(new Circle(), { radius: 1, kind: 'circle' }),
      );
      expect(await taken(shape, SQUARE)).to.equal(SQUARE);
      expect(await violations(arrayOf(shape), [CIRCLE, { kind: 'square', side: 1 }])).to.deep.equal([
        { path: '[1].colour', constraints: { isString: 'colour must be a string' } },
      ]);
      for (const kind of ['secret', 'constructor', '__proto__', 7, undefined]) {
        expect(await violations(shape, { kind, radius: 1 })).to.deep.equal([
          { path: 'kind', constraints: { discriminator: 'must be one of circle, square' } },
        ]);
      }
      expect((await violations(shape, 'circle'))[0]?.constraints).to.have.keys('oneOf');
    });

    it('R15 tries the members in order, also where a rule is asynchronous', async () => {
      class Known {
        id!: string;
      }
      registerDecorator({
        name: 'isKnown',
        target: Known,
        propertyName: 'id',
        async: true,
        validator: { validate: async (id) => Promise.resolve(id === 'a') },
      });
      expect(await taken(oneOf(Known, Circle), { id: 'a', radius: 1 })).to.be.instanceOf(Known);
      expect(await taken(oneOf(Known, Circle), { id: 'b', radius: 1 })).to.be.instanceOf(Circle);
      expect(await taken(arrayOf(oneOf(Known, Circle)), [{ id: 'a' }])).to.have.length(1);
      expect(await violations(oneOf(Known, Circle), { id: 'b' })).to.have.length(2);
    });
  });

  it('are refused where they are made when a member is none', () => {
    for (const make of [
      () => arrayOf('x' as never),
      () => oneOf(),
      () => oneOf(Circle, {} as never),
      () => oneOf('kind', {}),
      () => oneOf('kind', { circle: 1 as never }),
      () => oneOf('kind', undefined as never),
    ]) {
      expect(thrownBy(make).code).to.equal('INVALID_OPTION');
    }
  });

  describe('a Standard Schema', () => {
    it('R15 decides what goes on', async () => {
      expect(await taken(doubled(), 4)).to.equal(8);
      expect(await taken(arrayOf(doubled()), [1, 2])).to.deep.equal([2, 4]);
      expect(await taken(oneOf(Circle, doubled()), 1)).to.equal(2);
      const async = doubled(async (value) => Promise.resolve({ value: (value as number) + 1 }));
      expect(await taken(async, 1)).to.equal(2);
    });

    it('R15 transforms an output once, however it leaves', async () => {
      const out = node('Out', async (_, ctx) => ctx.emit(4), { output: doubled() });
      const stream = node(
        'Stream',
        async function* () {
          yield 4;
        },
        { output: doubled() },
      );
      for (const sender of [out, stream]) {
        const flow = await bench.run(line(sender));
        expect(await flow.call({})).to.equal(8);
      }
    });

    it('R15 may be a function, as arktype has them', async () => {
      const callable = Object.assign(() => true, doubled());
      expect(await taken(callable, 2)).to.equal(4);
    });

    it('R15 keeps paths, codes and expectations of its issues, not its messages', async () => {
      const issues = [
        { message: 'got s3cr3t', path: ['items', 2, { key: 'price' }], code: 'too_small', expected: 'number' },
        { message: 'got s3cr3t', path: [Symbol('s'), 'a b'], type: 'email' },
        { message: 'got s3cr3t' },
        { message: 'got s3cr3t', code: 'a code that is none' },
      ];
      expect(
        await violations(
          doubled(() => ({ issues })),
          's3cr3t',
        ),
      ).to.deep.equal([
        { path: 'items[2].price', constraints: { too_small: 'must be number' } },
        { path: '["Symbol(s)"]["a b"]', constraints: { email: 'must satisfy email' } },
        { path: '', constraints: { schema: 'must satisfy the schema' } },
        { path: '', constraints: { schema: 'must satisfy the schema' } },
      ]);
    });

    it('R15 that throws is broken; one that rejects fails the attempt', async () => {
      const throws = doubled((value) => {
        throw new SyntaxError(`bad ${String(value)}`);
      });
      const [violation] = await violations(throws, 's3cr3t');
      expect(violation?.constraints).to.deep.equal({
        brokenSchema: 'cannot be checked: the test schema threw SyntaxError',
      });
      const rejects = doubled(async () => Promise.reject(new Error('database gone')));
      expect((await failureOf(taken(rejects, 1))).code).to.equal('NODE_EXCEPTION');
    });
  });
});
