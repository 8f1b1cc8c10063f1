import { expect } from 'chai';
import { FlowError, TRACER, type FlowTracer, type NodeContext } from '#src/index.js';

import { line, node, pass } from '../support/nodes.js';
import { useRealFlows } from '../logging/support/real-flows.js';
import type { TestFlow } from '../support/flows.js';

/** Writes down the labels of runs: those they begin with, and those that come later. */
class Labels implements FlowTracer {
  readonly told: unknown[] = [];

  startTrace({ labels }: Parameters<FlowTracer['startTrace']>[0]): ReturnType<FlowTracer['startTrace']> {
    expect(Object.isFrozen(labels)).to.equal(true);
    this.told.push(labels);
    const attempt = { logFields: {}, run: <R>(body: () => R): R => body(), emitted: () => {}, end: () => {} };
    return {
      logFields: {},
      attempt: () => attempt,
      label: (name, value) => void this.told.push([name, value]),
      failed: () => {},
      end: () => {},
    };
  }
}

const EIGHT = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`name${index}`, 'x'.repeat(128)]));
const NINE = { ...EIGHT, ninth: 'y' };

describe('R17 labels of runs', () => {
  const flows = useRealFlows();
  let tracer: Labels;

  beforeEach(() => {
    tracer = new Labels();
  });

  /** A flow of a node that does this with its context. */
  function made(body: (ctx: NodeContext) => void = () => {}, traced = true): Promise<TestFlow> {
    const work = node('Work', (payload: unknown, ctx: NodeContext) => {
      body(ctx);
      return payload;
    });
    const providers = [{ token: TRACER, useValue: tracer }];
    return flows.run(line(work, pass('Last')), traced ? { made: { providers } } : {});
  }

  it('reach the tracer as the run begins, whatever begins it', async () => {
    const flow = await made();
    await flow.emit(1, { labels: { by: 'emit' } });
    flow.tryEmit(1, { labels: { by: 'tryEmit' } });
    await flow.call(1, { labels: { by: 'call' } });
    await flow.collect(1, { labels: { by: 'collect' } });
    for await (const _ of flow.stream(1, { labels: { by: 'stream' } }));
    await flow.call(1);
    const ways = ['emit', 'tryEmit', 'call', 'collect', 'stream'].map((by) => ({ by }));
    expect(tracer.told).to.deep.equal([...ways, {}]);
  });

  it('come from nodes too, and of one name the last value counts', async () => {
    const flow = await made((ctx) => {
      ctx.label('order', '4712');
      ctx.label('customer', 'c1');
    });
    await flow.call(1, { labels: { order: '4711' } });
    expect(tracer.told).to.deep.equal([{ order: '4711' }, ['order', '4712'], ['customer', 'c1']]);
  });

  it('come from those who join, too', async () => {
    let letGo = (): void => {};
    const flow = await made((ctx) => (letGo = ctx.holdTrace()));
    await flow.emit(1, { traceId: 'shared', join: true, labels: { first: '1' } });
    await flow.emit(2, { traceId: 'shared', join: true, labels: { second: '2' } });
    expect(tracer.told).to.deep.equal([{ first: '1' }, ['second', '2']]);
    letGo();
  });

  it('are not those of another run', async () => {
    const flow = await made((ctx) => ctx.label('by', 'node'));
    for (let run = 0; run < 10; run += 1) await flow.call(1, { labels: EIGHT_BUT_ONE });
    expect(tracer.told).to.have.length(20);
  });

  it('do no harm after the end of the run', async () => {
    let kept: NodeContext | undefined;
    const flow = await made((ctx) => (kept = ctx));
    await flow.call(1);
    kept?.label('late', '1');
    expect(tracer.told).to.deep.equal([{}]);
  });

  for (const [what, labels] of [
    ['more than 8', NINE],
    ['an empty name', { '': 'x' }],
    ['an empty value', { order: '' }],
    ['a name that is too long', { ['x'.repeat(129)]: 'x' }],
    ['a value that is too long', { order: 'x'.repeat(129) }],
    ['a value that is no text', { order: 4711 }],
    ['a list', ['order']],
    ['null', null],
  ] as const) {
    it(`are refused: ${what}`, async () => {
      const flow = await made();
      const options = { labels: labels as never };
      const refused = [
        () => flow.emit(1, options),
        () => flow.tryEmit(1, options),
        () => flow.call(1, options),
        () => flow.collect(1, options),
        () => flow.stream(1, options),
      ];
      for (const way of refused)
        expect(await failureOf(way)).to.satisfy((error: unknown) => FlowError.is(error, 'INVALID_OPTION'));
      expect(tracer.told).to.deep.equal([]);
      expect(flow.snapshot().startedTraces).to.equal(0);
    });
  }

  for (const traced of [true, false]) {
    it(`are refused to a node as to an emit, ${traced ? 'traced' : 'and where nobody traces'}`, async () => {
      const failures: unknown[] = [];
      const flow = await made((ctx) => {
        for (const [name, value] of [
          ['ninth', 'y'],
          ['', 'x'],
          ['order', 'x'.repeat(129)],
        ] as const) {
          try {
            ctx.label(name, value);
          } catch (error) {
            failures.push((error as FlowError).code);
          }
        }
        ctx.label('name0', 'another value');
      }, traced);
      await flow.call(1, { labels: EIGHT });
      expect(failures).to.deep.equal(['INVALID_OPTION', 'INVALID_OPTION', 'INVALID_OPTION']);
    });
  }
});

const EIGHT_BUT_ONE = Object.fromEntries(Object.entries(EIGHT).slice(1));

async function failureOf(way: () => unknown): Promise<unknown> {
  try {
    await way();
  } catch (error) {
    return error;
  }
  return undefined;
}
