import { expect } from 'chai';
import { FlowError, type NodeContext } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('loops', () => {
  const bench = useFlows();

  /** Sends two of itself round for each that comes, unless it is told to stop. */
  function multiplier() {
    return node('Multiplier', async (payload: unknown, ctx: NodeContext) => {
      if (payload !== 'multiply') return payload;
      await ctx.emit(payload, { to: 'Multiplier' });
      await ctx.emit(payload, { to: 'Multiplier' });
      return undefined;
    });
  }

  it('R6b a run that multiplies without an end fails with LOOP_OVERFLOW, and no other run does', async () => {
    const loop = multiplier();
    const graph = rows([[loop, [{ to: loop, back: true, on: String }, pass('Out')]]], [loop]);
    const flow = await bench.run(graph, { queueMaxsize: 2, maxLoop: 50 });
    const multiplies = failureOf(flow.call('multiply'));
    const failure = await multiplies;
    expect(failure).to.include({ code: 'LOOP_OVERFLOW' });
    expect(failure.metadata).to.deep.include({ max_loop: 50 });
    expect(flow.snapshot()).to.include({ traces: 0 });
    expect(await flow.call(7)).to.equal(7);
  });

  it('R6b a crawl that multiplies and ends runs, with queues of one', async () => {
    const seen: number[] = [];
    const crawl = node('Crawl', async (depth: unknown, ctx: NodeContext) => {
      seen.push(depth as number);
      if (depth === 0) return 'leaf';
      for (let n = 0; n < 3; n++) await ctx.emit((depth as number) - 1, { to: 'Crawl' });
      return undefined;
    });
    const flow = await bench.run(rows([[crawl, [{ to: crawl, back: true, on: Number }, pass('Out')]]], [crawl]), {
      queueMaxsize: 1,
    });
    expect(await flow.call(4)).to.equal('leaf');
    for (let turn = 0; turn < 50 && flow.snapshot().traces !== 0; turn++) await settle();
    expect(seen).to.have.length(1 + 3 + 9 + 27 + 81);
    expect(flow.snapshot()).to.include({ traces: 0, discardedResults: 80 });
  });

  it('R6b what is outside waits while a back edge holds as much as a floe, and comes in afterwards', async () => {
    const work = held('Work', { concurrency: 1 });
    const flow = await bench.run(
      rows([[work.node, [{ to: work.node, back: true, on: Number }, pass('Out')]]], [work.node]),
      {
        queueMaxsize: 2,
      },
    );
    const first = flow.call('first');
    const ctx = work.calls[0]?.ctx ?? expect.fail('not running');
    for (const n of [1, 2, 3]) expect(await isPending(ctx.emit(n, { to: 'Work' }))).to.equal(false);
    const second = flow.call('second');
    work.calls[0]?.resolve('answer');
    await settle();
    // Of the three on the back edge one is taken, and the two that are left close the gate.
    expect(work.calls.map(({ payload }) => payload)).to.deep.equal(['first', 1]);
    work.calls[1]?.resolve();
    await settle();
    work.calls[2]?.resolve();
    await settle();
    work.calls[3]?.resolve('answer');
    await settle();
    expect(new Set(work.calls.map(({ payload }) => payload))).to.deep.equal(new Set(['first', 1, 2, 3, 'second']));
    for (const call of work.calls) call.resolve('answer');
    await settle();
    expect(await first).to.equal('answer');
    expect(await second).to.equal('answer');
  });

  it('R6b refuses a maxLoop that is no count', async () => {
    expect(() => bench.make(rows([[pass('A'), []]]), { maxLoop: 0 })).to.throw(FlowError, '`maxLoop` of @Flow');
  });

  it('R6b a message of a run that was cancelled is skipped in a loop, too', async () => {
    const work = held('Work', { concurrency: 1 });
    const flow = await bench.run(
      rows([[work.node, [{ to: work.node, back: true, on: Number }, pass('Out')]]], [work.node]),
    );
    const call = codeOf(flow.call('first', { traceId: 't' }));
    void work.calls[0]?.ctx.emit(1, { to: 'Work' });
    flow.cancel('t');
    expect(await call).to.equal('TRACE_CANCELLED');
    expect(flow.snapshot().nodes[0]).to.include({ queued: 0, inFlight: 0 });
    void flow.call('next').catch(() => {});
    await settle();
    expect(work.calls.map(({ payload }) => payload)).to.deep.equal(['first', 'next']);
  });
});
