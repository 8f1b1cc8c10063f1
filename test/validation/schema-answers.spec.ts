import { IsPositive } from 'class-validator';
import { expect } from 'chai';
import fc from 'fast-check';
import { arrayOf, oneOf, type NodeOptions, type PayloadShape, type StandardSchema } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { FULFILLED, withPatchedPromise } from '../support/thenables.js';
import { failureOf, violationsOf } from './support/failure-of.js';

type Validate = (value: unknown) => unknown;

function schema(validate: Validate, vendor: unknown = 'own'): StandardSchema {
  return { '~standard': { version: 1, vendor, validate } } as StandardSchema;
}

const REFUSAL = { issues: [{ message: 'no', code: 'refused' }] };

/** What no schema may answer with. */
const BROKEN: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  'a boolean': () => true,
  'a number': () => 0,
  'a string': () => 'ok',
  'a symbol': () => Symbol('ok'),
  'an empty object': () => ({}),
  'an array': () => [],
  'a function': () => () => true,
  'issues that are null': () => ({ value: 1, issues: null }),
  'issues that are a string': () => ({ value: 1, issues: 'no' }),
  'issues that are no array': () => ({ value: 1, issues: { length: 0 } }),
  'issues that are false': () => ({ value: 1, issues: false }),
  'a getter that throws': () => ({
    get issues() {
      throw new TypeError('s3cr3t');
    },
  }),
  'a proxy that was revoked': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'a `then` that cannot be read': () => ({
    get then() {
      throw new TypeError('s3cr3t');
    },
  }),
};

const LOOKED_AT: readonly string[] = ['a proxy that was revoked', 'a `then` that cannot be read'];

describe('the answer of a Standard Schema', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  async function taken(shape: PayloadShape, payload: unknown, options: NodeOptions = {}): Promise<unknown> {
    const flow = await bench.run(line(node('Take', (given) => given, { ...options, input: shape })));
    return flow.call(payload);
  }

  for (const [kind, fulfilled] of Object.entries(FULFILLED)) {
    it(`R15 is waited for when it is ${kind}, wherever the schema stands`, async () => {
      const refusing = schema(() => fulfilled(REFUSAL));
      for (const shape of [refusing, arrayOf(refusing), oneOf(refusing, refusing)]) {
        const error = await failureOf(taken(shape, ['bad']));
        expect(violationsOf(error).map(({ constraints }) => constraints)).to.deep.include({
          refused: 'must satisfy refused',
        });
      }
      const doubling = schema((value) => fulfilled({ value: (value as number) * 2 }));
      expect(await taken(doubling, 2)).to.equal(4);
      expect(await taken(arrayOf(doubling), [1, 2])).to.deep.equal([2, 4]);
      expect(await taken(oneOf(refusing, doubling), 2)).to.equal(4);
    });

    it(`R15 is waited for when it is ${kind}, whatever way a payload leaves`, async () => {
      const refusing = schema((value) => fulfilled(value === 'bad' ? REFUSAL : { value }));
      const ways = [
        node('Returns', () => 'bad', { output: refusing }),
        node('Resolves', async () => 'bad', { output: refusing }),
        node('Emits', async (_, ctx) => ctx.emit('bad'), { output: refusing }),
        node('Sends', (_, ctx) => ctx.message.with({ payload: 'bad' }), { output: refusing }),
        node(
          'Yields',
          async function* () {
            yield 'bad';
          },
          { output: refusing },
        ),
      ];
      for (const way of ways) {
        const flow = await bench.run(line(way));
        expect((await failureOf(flow.call({}))).code, way.name).to.equal('VALIDATION_FAILED');
      }
    });
  }

  it('R15 is waited for where another `Promise` has taken the place of the platform', async () => {
    await withPatchedPromise(async () => {
      const refusing = schema(async () => REFUSAL);
      expect((await failureOf(taken(refusing, 'bad'))).code).to.equal('VALIDATION_FAILED');
      expect((await failureOf(taken(arrayOf(refusing), ['bad']))).code).to.equal('VALIDATION_FAILED');
      expect(await taken(arrayOf(schema(async (value) => ({ value }))), ['good'])).to.deep.equal(['good']);
      const emits = node('Emits', async (_, ctx) => ctx.emit('bad'), { output: refusing });
      expect((await failureOf((await bench.run(line(emits))).call({}))).code).to.equal('VALIDATION_FAILED');
    });
  });

  for (const [kind, answer] of Object.entries(BROKEN)) {
    it(`R15 that is ${kind} is an error of the schema, which it names, at once and later`, async () => {
      let calls = 0;
      const once = (): unknown => {
        calls++;
        return answer();
      };
      const later = async (): Promise<unknown> => once();
      // A promise rejects with what throws when it is looked at.
      for (const validate of LOOKED_AT.includes(kind) ? [once] : [once, later]) {
        calls = 0;
        const error = await failureOf(taken(schema(validate), 's3cr3t', { maxRetries: 3 }));
        const [violation, ...more] = violationsOf(error);
        expect(violation?.path).to.equal('');
        expect(violation?.constraints['brokenSchema']).to.contain('cannot be checked: the own schema');
        expect([more.length, error.metadata['schema_broken'], calls]).to.deep.equal([0, true, 1]);
        // It is about the schema, not about what came in.
        expect(error.metadata).not.to.have.property('ingress');
        expect(error.hint).to.contain('Mend the schema');
        expect(JSON.stringify(error)).not.to.contain('s3cr3t');
      }
    });
  }

  it('R15 with issues is a refusal, whatever value it has and however few they are', async () => {
    expect(
      violationsOf(
        await failureOf(
          taken(
            schema(() => ({ ...REFUSAL, value: 1 })),
            1,
          ),
        ),
      ),
    ).to.deep.equal([{ path: '', constraints: { refused: 'must satisfy refused' } }]);
    expect(
      violationsOf(
        await failureOf(
          taken(
            schema(() => ({ value: 1, issues: [] })),
            1,
          ),
        ),
      ),
    ).to.deep.equal([{ path: '', constraints: { schema: 'must satisfy the schema' } }]);
  });

  it('R15 may have the value undefined, and a value or issues that it inherits', async () => {
    expect(
      await taken(
        schema(() => ({ value: undefined, issues: undefined })),
        1,
      ).catch((e: unknown) => e),
    ).to.have.property('code', 'NO_RESULT');
    class Answer {
      get value(): number {
        return 5;
      }
    }
    expect(
      await taken(
        schema(() => new Answer()),
        1,
      ),
    ).to.equal(5);
    class Problems extends Array<unknown> {
      get issues(): unknown {
        return this;
      }
    }
    const error = await failureOf(
      taken(
        schema(() => Problems.from([{ message: 'no', code: 'refused' }])),
        1,
      ),
    );
    expect(violationsOf(error)[0]?.constraints).to.have.keys('refused');
  });

  it('R15 may have issues that say little or nonsense, or 50,000 of them', async () => {
    const issues = [null, 'no', {}, { path: 'a' }, { path: [null, {}, () => 1, 'b'] }, { path: [{ key: 2 }], code: 5 }];
    const found = violationsOf(
      await failureOf(
        taken(
          schema(() => ({ issues })),
          1,
        ),
      ),
    );
    expect(found.map(({ path }) => path)).to.deep.equal([
      '',
      '',
      '',
      '',
      'null["a plain object"]["a function"].b',
      '[2]',
    ]);
    const many = { issues: Array.from({ length: 50_000 }, (_, index) => ({ message: 'no', path: [index] })) };
    const error = await failureOf(
      taken(
        schema(() => many),
        1,
      ),
    );
    expect([violationsOf(error).length, error.metadata['violations_left_out']]).to.deep.equal([50, 49_950]);
  });

  it('R15 of a member of a union that is broken is told of, unless another member takes the payload', async () => {
    class Circle {
      @IsPositive() radius!: number;
    }
    const broken = schema(() => ({}), 'odd');
    expect(await taken(oneOf(broken, Circle), { radius: 1 })).to.be.instanceOf(Circle);
    const error = await failureOf(taken(oneOf(Circle, broken), { radius: -1, more: 1 }));
    expect(violationsOf(error).map(({ constraints }) => Object.keys(constraints)[0])).to.deep.equal([
      'oneOf',
      'brokenSchema',
      'isPositive',
    ]);
    expect(error.metadata['schema_broken']).to.equal(true);
  });

  it('R15 R11 that never comes is bounded by the time of the attempt, and one that comes late meets nobody', async () => {
    let answer: (late: unknown) => void = () => {};
    const silent = schema(() => ({ then: (resolve: (late: unknown) => void) => (answer = resolve) }));
    let calls = 0;
    const flow = await bench.run(line(node('Take', () => calls++, { input: silent, timeoutS: 1 })));
    const failed = failureOf(flow.call(1));
    await bench.clock.advance(1_100);
    expect((await failed).code).to.equal('NODE_TIMEOUT');
    answer({ value: 1 });
    await new Promise(setImmediate);
    expect(calls).to.equal(0);
    const unlimited = await bench.run(line(node('Take', () => calls++, { input: silent })));
    const late = failureOf(unlimited.call(1, { timeoutS: 1 }));
    await bench.clock.advance(1_100);
    expect((await late).code).to.equal('DEADLINE_EXCEEDED');
  });

  it('R15 R10 that rejects or throws while it is waited for fails the attempt, which the policy may retry', async () => {
    let tries = 0;
    const gone = { then: () => expect.fail('database gone') };
    const flaky = schema((value) => (tries++ === 0 ? gone : { value }));
    expect(await taken(flaky, 1, { maxRetries: 1, backoffBaseS: 0 })).to.equal(1);
    tries = 0;
    expect((await failureOf(taken(flaky, 1))).code).to.equal('NODE_EXCEPTION');
  });

  it('R15 may not make a promise of a payload: it could be no payload', async () => {
    for (const value of [Promise.resolve(1), { then: 1, catch: 2 }, { then: (ok: () => void) => ok() }]) {
      const made = schema(() => ({ value }));
      const outcome = await taken(made, 1).catch((error: unknown) => error);
      if (typeof (value as { then: unknown }).then === 'number') expect(outcome).to.equal(value);
      else expect(violationsOf(outcome as never)[0]?.constraints).to.have.keys('promise');
    }
  });

  it('R15 leaves promises in a payload alone: nobody waits for them', async () => {
    const promise = Promise.resolve(1);
    const anything = schema((value) => ({ value }));
    const later = schema(async (value) => ({ value }));
    for (const shape of [anything, arrayOf(anything), later, arrayOf(later)]) {
      const [same] = (await taken(shape, [promise])) as [unknown];
      expect(same).to.equal(promise);
    }
  });

  it('R15 lets through nothing but the value of a right answer, whatever is answered in whatever way', async () => {
    const part = fc.oneof(fc.constant(undefined), fc.anything({ maxDepth: 1 }), fc.array(fc.anything({ maxDepth: 1 })));
    const answer = fc.oneof(
      fc.record({ value: part, issues: part }, { requiredKeys: [] }),
      fc.anything({ maxDepth: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(answer, fc.constantFrom(...Object.values(FULFILLED), undefined), async (given, fulfilled) => {
        const validate: Validate = fulfilled === undefined ? () => given : () => fulfilled(given);
        const flow = await bench.run(line(node('Take', (got) => [got], { input: schema(validate) })));
        const outcome = await flow.call('payload').catch((error: unknown) => error);
        const isRight =
          typeof given === 'object' &&
          given !== null &&
          'value' in given &&
          (given as { issues?: unknown }).issues === undefined;
        if (isRight) expect(Object.is((outcome as unknown[])[0], (given as { value: unknown }).value)).to.equal(true);
        else expect((outcome as { code: unknown }).code).to.equal('VALIDATION_FAILED');
        await bench.stopAll();
        bench.reset();
      }),
      { numRuns: 300 },
    );
  });
});
