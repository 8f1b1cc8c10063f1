import { expect } from 'chai';
import { dependency, TRACER, type AttemptSpan, type FlowTracer, type NodeContext, type TraceSpan } from '#src/index.js';
import { useLogging } from '../support/use-logging.js';
import { line, node } from '../support/nodes.js';
import { useRealFlows } from '../logging/support/real-flows.js';

/** What fails, and how. */
interface Fault {
  readonly at: string;
  readonly fail: () => never;
}

/** A tracer that does what it should, but for one of its methods. */
function tracerWith({ at, fail }: Fault): FlowTracer {
  const may = <T>(name: string, value: T): T => (name === at ? (fail() as T) : value);
  const attempt = (): AttemptSpan => ({
    get logFields() {
      return may('logFields of an attempt', { span: 'a' });
    },
    run: (body) => {
      const early = may('run, before', undefined);
      if (early !== undefined) return early;
      if (at === 'run, without it') return fail();
      const result = body();
      return may('run, after', result);
    },
    dependency: () =>
      may('dependency', {
        get logFields() {
          return may('logFields of a call', { span: 'd' });
        },
        run: (body) => may('run of a call', undefined) ?? body(),
        end: () => may('end of a call', undefined),
      }),
    emitted: () => may('emitted', undefined),
    end: () => may('end of an attempt', undefined),
  });
  const trace = (): TraceSpan => ({
    get logFields() {
      return may('logFields of a trace', { span: 't' });
    },
    attempt: () => may('attempt', attempt()),
    label: () => may('label', undefined),
    failed: () => may('failed', undefined),
    end: () => may('end of a trace', undefined),
  });
  return { startTrace: () => may('startTrace', trace()) };
}

const METHODS = ['startTrace', 'attempt', 'run, before', 'run, after', 'run, without it', 'emitted', 'failed'].concat([
  'end of an attempt',
  'end of a trace',
  'label',
  'logFields of an attempt',
  'logFields of a trace',
]);
const bank = dependency('bank');
const thrown = new RangeError('exporter is gone');
const FAULTS: readonly (readonly [how: string, fail: () => never])[] = [
  [
    'throws',
    () => {
      throw thrown;
    },
  ],
  ['gives a promise that rejects', () => Promise.reject(thrown) as never],
  ['gives nothing', () => undefined as never],
];

describe('a tracer that misbehaves', () => {
  const caught = useLogging();
  const flows = useRealFlows();
  const unhandled: unknown[] = [];
  const note = (error: unknown): number => unhandled.push(error);

  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));

  for (const at of METHODS) {
    for (const [how, fail] of FAULTS) {
      it(`R21 fails no run and runs each attempt once: ${at} ${how}`, async () => {
        let runs = 0;
        let called = 0;
        const work = node('Work', async (payload: unknown, ctx: NodeContext) => {
          runs++;
          ctx.logger.info('at work');
          ctx.label('order', '4711');
          called += await ctx.through(bank, () => 1);
          if (payload === 'bad') throw new TypeError('bad payload');
          return Promise.resolve(payload);
        });
        const flow = await flows.run(line(work), {
          made: { providers: [{ token: TRACER, useValue: tracerWith({ at, fail }) }] },
        });
        for (let n = 0; n < 3; n++) expect(await flow.call(n)).to.equal(n);
        const error = await flow.call('bad').catch((reason: unknown) => reason);
        expect(error).to.include({ code: 'NODE_EXCEPTION' });
        await flow.stop();
        await new Promise(setImmediate);
        expect([runs, called]).to.deep.equal([4, 4]);
        expect(unhandled).to.deep.equal([]);
        expect(caught.json.filter((one) => one['message'] === 'at work')).to.have.length(4);
        const told = caught.json.filter((one) => one['message'] === 'tracer_error');
        expect(told.length).to.be.at.most(1);
        if (how !== 'gives nothing')
          expect(told.map((one) => one['exception'])).to.deep.equal(['RangeError: exporter is gone']);
      });
    }
  }
});
