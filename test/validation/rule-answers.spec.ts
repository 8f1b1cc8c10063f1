import { IsString, registerDecorator, ValidateNested, ValidatePromise } from 'class-validator';
import { expect } from 'chai';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { FULFILLED, withPatchedPromise } from '../support/thenables.js';
import { failureOf, violationsOf } from './support/failure-of.js';

/** A rule that answers as it is told. */
function Answers(validate: (value: unknown) => unknown, each = false): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'answers',
      target: target.constructor,
      propertyName: propertyName as string,
      options: { each },
      validator: { validate: validate as never },
    });
}

describe('the answer of a rule', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(input: new () => object, payload: unknown): Promise<unknown> {
    const flow = await bench.run(line(node('Take', (given) => given, { input })));
    return flow.call(payload);
  }

  for (const [kind, fulfilled] of Object.entries(FULFILLED)) {
    it(`R15 is waited for when it is ${kind}, of each element and in nested objects too`, async () => {
      class Asks {
        @Answers((value) => fulfilled(value === 'good')) one = 'good';
        @Answers((value) => fulfilled(value === 'good'), true) list = ['good'];
      }
      class Holds {
        @ValidateNested() asks = new Asks();
      }
      expect(await taken(Asks, {})).to.be.instanceOf(Asks);
      const found = violationsOf(await failureOf(taken(Asks, { one: 'bad', list: ['good', 'bad'] })));
      expect(found.map(({ path }) => path)).to.deep.equal(['one', 'list']);
      const asks = Object.assign(new Asks(), { one: 'bad' });
      expect(violationsOf(await failureOf(taken(Holds, { asks })))[0]?.path).to.equal('asks.one');
      await withPatchedPromise(async () => {
        expect((await failureOf(taken(Asks, { one: 'bad' }))).code).to.equal('VALIDATION_FAILED');
      });
    });
  }

  it('R15 is waited for where it is about what a promise of the payload brings', async () => {
    class Asks {
      @ValidatePromise() @Answers(async (value) => Promise.resolve(value === 'good')) one!: Promise<string>;
    }
    expect(await taken(Asks, { one: Promise.resolve('good') })).to.be.instanceOf(Asks);
    const error = await failureOf(taken(Asks, { one: Promise.resolve('bad') }));
    expect(violationsOf(error)[0]?.constraints).to.have.keys('answers');
  });

  it('R15 that has a `then` which cannot be read is a rule that threw', async () => {
    class Asks {
      @IsString()
      @Answers(() => ({
        get then() {
          throw new TypeError('s3cr3t');
        },
      }))
      one = 'a';
    }
    expect(violationsOf(await failureOf(taken(Asks, {})))).to.deep.equal([
      { path: '', constraints: { rule: 'cannot be checked: a rule threw TypeError' } },
    ]);
  });

  it('R11 R15 that never comes is bounded by the time of the attempt', async () => {
    class Asks {
      @Answers(() => ({ then: () => {} })) one = 'a';
    }
    const flow = await bench.run(line(node('Take', () => 1, { input: Asks, timeoutS: 1 })));
    const failed = failureOf(flow.call({}));
    await bench.clock.advance(1_100);
    expect((await failed).code).to.equal('NODE_TIMEOUT');
  });
});
