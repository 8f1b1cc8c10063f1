import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('cancelling', () => {
  const bench = useFlows();

  it('R7 cancel refuses what can be no trace id', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const traceId of [undefined, null, 5, '', {}] as never[])
      expect(thrownBy(() => flow.cancel(traceId)).message).to.match(
        /^Expected `traceId` of cancel\(\) of flow ".*" to be a non-empty string, got /,
      );
  });

  it('R16 cancel returns whether the trace was active', async () => {
    const flow = await bench.run(line(held('A').node));
    const traceId = await flow.emit(1);
    expect(flow.cancel('nobody')).to.equal(false);
    expect(flow.cancel(traceId)).to.equal(true);
    expect(flow.cancel(traceId)).to.equal(false);
  });

  it('R16 a trace that is over cannot be cancelled', async () => {
    const flow = await bench.run(line(pass('A')));
    const traceId = await flow.emit(1);
    await flow.fetch({ traceId });
    expect(flow.cancel(traceId)).to.equal(false);
  });

  it('R16 a call can be cancelled as soon as it was made', async () => {
    const flow = await bench.run(line(held('A').node));
    const code = codeOf(flow.call(1, { traceId: 't' }));
    expect(flow.cancel('t')).to.equal(true);
    expect(await code).to.equal('TRACE_CANCELLED');
  });

  it('R16 one trace_cancel_start comes first and one trace_cancel_finish last, whatever the trace was doing', async () => {
    const [first, second] = [held('First', { concurrency: 2 }), held('Second')];
    const flow = await bench.run(line(first.node, second.node), { queueMaxsize: 2 });
    const sent = Array.from({ length: 9 }, (_, n) => flow.emit(n, { traceId: 't', join: true }));
    for (const emit of sent) emit.catch(() => {});
    for (let n = 0; n < 4; n++) {
      first.calls[n]?.resolve(n);
      await settle();
    }
    const events = record(flow);
    expect(flow.cancel('t')).to.equal(true);
    const types = events.map(({ eventType }) => eventType);
    expect(types[0]).to.equal('trace_cancel_start');
    expect(types.at(-1)).to.equal('trace_cancel_finish');
    for (const once of ['trace_cancel_start', 'trace_cancel_finish']) {
      expect(types.filter((type) => type === once)).to.have.length(1);
    }
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    expect(events.at(-1)).to.include({ nodeName: 'Rookery', tracePending: 0, traceInflight: 0 });
    await Promise.allSettled(sent);
  });

  it('R16 a listener that cancels the trace again makes no second cancellation of it', async () => {
    const flow = await bench.run(line(held('A').node));
    const traceId = await flow.emit(1);
    const again: boolean[] = [];
    flow.on('trace_cancel_start', () => void again.push(flow.cancel(traceId)));
    const events = record(flow);
    flow.cancel(traceId);
    expect(shortForm(events)).to.deep.equal([
      'OpenSea:trace_cancel_start',
      'A:node_trace_cancelled',
      'Rookery:trace_cancel_finish',
    ]);
    expect(again).to.deep.equal([true]);
  });

  it('R16 drops the queued messages of the trace without events', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    for (const traceId of ['a', 'b', 'a', 'b']) await flow.emit(traceId, { traceId, join: true });
    const events = record(flow);
    flow.cancel('b');
    expect(shortForm(events)).to.deep.equal(['OpenSea:trace_cancel_start', 'Rookery:trace_cancel_finish']);
    calls[0]?.resolve();
    await settle();
    calls[1]?.resolve();
    await settle();
    expect(calls.map(({ payload }) => payload)).to.deep.equal(['a', 'a']);
  });

  it('R16 aborts each attempt in flight and says so', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    for (const traceId of ['a', 'b', 'a']) await flow.emit(traceId, { traceId, join: true });
    const signals = calls.map(({ ctx }) => ctx.signal);
    const events = record(flow);
    flow.cancel('a');
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false, true]);
    expect(FlowError.is(signals[0]?.reason, 'TRACE_CANCELLED')).to.equal(true);
    expect(shortForm(events)).to.deep.equal([
      'OpenSea:trace_cancel_start',
      'A:node_trace_cancelled',
      'A:node_trace_cancelled',
      'Rookery:trace_cancel_finish',
    ]);
    expect(flow.snapshot().nodes[0]).to.include({ cancelled: 2, inFlight: 1, late: 2 });
  });

  it('R16 an attempt that was announced but has not begun is aborted too', async () => {
    let ran = 0;
    const flow = await bench.run(line(node('A', () => ++ran)));
    const events = record(flow);
    flow.on('node_start', ({ traceId }) => void flow.cancel(traceId ?? ''));
    await flow.emit(1);
    expect(ran).to.equal(0);
    expect(shortForm(events)).to.deep.equal([
      'A:node_start',
      'OpenSea:trace_cancel_start',
      'A:node_trace_cancelled',
      'Rookery:trace_cancel_finish',
    ]);
    expect(flow.snapshot().nodes[0]).to.include({ cancelled: 1, inFlight: 0 });
  });

  it('R16 takes away a message that waits for its retry', async () => {
    let runs = 0;
    const flow = await bench.run(line(failing('A', { maxRetries: 3, onTry: () => runs++ })));
    const traceId = await flow.emit(1);
    expect(flow.cancel(traceId)).to.equal(true);
    await bench.clock.advance(60_000);
    expect(runs).to.equal(1);
    expect(flow.snapshot()).to.include({ traces: 0 });
    expect(flow.snapshot().nodes[0]?.inFlight).to.equal(0);
  });

  it('R16 rejects everybody who waits for the trace', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit(1, { traceId: 't' });
    const codes = Promise.all([
      codeOf(flow.call(1, { traceId: 't' })),
      codeOf(flow.fetch({ traceId: 't' })),
      codeOf(flow.fetch({ traceId: 't' })),
    ]);
    await settle();
    flow.cancel('t');
    expect(await codes).to.deep.equal(['TRACE_CANCELLED', 'TRACE_CANCELLED', 'TRACE_CANCELLED']);
  });

  it('R16 trace_cancel_drop tells of each message that waited for room', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit('other');
    await flow.emit('queued', { traceId: 't', join: true });
    const codes = Promise.all([1, 2].map((n) => codeOf(flow.emit(n, { traceId: 't', join: true }))));
    const events = record(flow);
    flow.cancel('t');
    expect(await codes).to.deep.equal(['TRACE_CANCELLED', 'TRACE_CANCELLED']);
    expect(shortForm(events)).to.deep.equal([
      'OpenSea:trace_cancel_start',
      'A:trace_cancel_drop',
      'A:trace_cancel_drop',
      'Rookery:trace_cancel_finish',
    ]);
  });

  it('R16 drops results of the trace that nobody has fetched', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.emit('gone', { traceId: 't', join: true });
    await flow.emit('stays');
    expect(flow.cancel('t')).to.equal(true);
    expect(await flow.fetch()).to.equal('stays');
  });

  it('R16 leaves every other trace alone', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work, pass('B')));
    const kept = flow.call('kept');
    const code = codeOf(flow.call('gone', { traceId: 't' }));
    await settle();
    flow.cancel('t');
    expect(await code).to.equal('TRACE_CANCELLED');
    calls[0]?.resolve('kept');
    expect(await kept).to.equal('kept');
  });

  it('R16 frees the node for the next message although the cancelled code still runs', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const traceId = await flow.emit(1);
    const next = flow.call(2);
    flow.cancel(traceId);
    calls[1]?.resolve('next');
    expect(await next).to.equal('next');
    calls[0]?.resolve('late');
    await settle();
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
  });

  it('R16 nothing of the trace is left when cancel returns, also where an ordered node hands on', async () => {
    const [work, next] = [held('Work', { concurrency: 3, ordered: true }), held('Next')];
    const flow = await bench.run(line(work.node, next.node), { queueMaxsize: 1 });
    const sent = ['x', 'x', 't', 't', 't'].map((traceId) => flow.emit(traceId, { traceId, join: true }));
    for (let n = 0; n < 2; n++) {
      work.calls[n]?.resolve(n);
      await settle();
    }
    await Promise.all(sent);
    for (const call of work.calls) call.resolve('waits');
    await settle();
    expect(flow.cancel('t')).to.equal(true);
    expect(flow.cancel('t')).to.equal(false);
    expect(flow.snapshot().traces).to.equal(1);
    for (let n = 0; n < 4; n++) {
      next.calls[n]?.resolve();
      await settle();
    }
    expect(next.calls.map(({ ctx }) => ctx.traceId)).to.deep.equal(['x', 'x']);
  });

  it('R16 nothing of the trace is left where an ordered node hands on to the egress', async () => {
    const work = held('Work', { concurrency: 3, ordered: true });
    const flow = await bench.run(line(work.node), { queueMaxsize: 1 });
    await flow.emit('stored');
    work.calls[0]?.resolve('stored');
    await settle();
    for (const n of [1, 2, 3]) await flow.emit(n, { traceId: 't', join: true });
    for (const call of work.calls) call.resolve('waits');
    await settle();
    expect(flow.cancel('t')).to.equal(true);
    expect(flow.cancel('t')).to.equal(false);
    expect(await flow.fetch()).to.equal('stored');
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
  });

  it('R16 a node may cancel its own trace', async () => {
    let reached = 0;
    const flow = await bench.run(
      line(
        node('A', (_: unknown, ctx) => {
          expect(flow.cancel(ctx.traceId)).to.equal(true);
          return 'late';
        }),
        node('B', () => ++reached),
      ),
    );
    expect(await codeOf(flow.call(1))).to.equal('TRACE_CANCELLED');
    await settle();
    expect(reached).to.equal(0);
    expect(flow.snapshot()).to.include({ traces: 0 });
    expect(flow.snapshot().nodes[0]).to.include({ late: 0, inFlight: 0 });
    expect(await flow.stop()).to.include({ drained: true });
  });

  it('R16 what a cancelled node has emitted goes no further, though half of the fan-out was delivered', async () => {
    let reached = 0;
    const left = node('Left', (_: unknown, ctx) => void flow.cancel(ctx.traceId));
    const right = node('Right', () => ++reached);
    const top = node('Top', async (_: unknown, ctx) => {
      await settle();
      await ctx.emit(1);
    });
    const flow = await bench.run(
      rows([
        [top, [left, right]],
        [left, []],
        [right, []],
      ]),
    );
    const events = record(flow);
    const traceId = await flow.emit(1);
    await settle();
    await settle();
    expect(reached).to.equal(0);
    expect(events.at(-1)?.eventType).to.equal('trace_cancel_finish');
    expect(flow.cancel(traceId)).to.equal(false);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R16 a routing predicate that cancels the trace leaves nothing behind', async () => {
    const target = node('B', () => 1);
    const top = node('A', async (n: unknown) => n);
    const flow = await bench.run(
      rows([
        [
          top,
          [
            { to: target, when: () => flow.cancel('t') },
            { to: pass('C'), otherwise: true },
          ],
        ],
        [target, []],
      ]),
    );
    const events = record(flow);
    await flow.emit(1, { traceId: 't', join: true });
    await settle();
    expect(events.map(({ eventType }) => eventType)).to.not.include('node_success');
    expect(await isPending(flow.stop())).to.equal(false);
  });

  it('R16 a retryOn that cancels the trace leaves nothing behind', async () => {
    const work = node(
      'A',
      async () => {
        throw new Error('no');
      },
      { maxRetries: 1, retryOn: () => flow.cancel('t') },
    );
    const flow = await bench.run(line(work));
    await flow.emit(1, { traceId: 't', join: true });
    await settle();
    expect(flow.snapshot().traces).to.equal(0);
    expect(await isPending(flow.stop())).to.equal(false);
  });

  it('R16 an abort listener that sends more of the trace does not leave it half cancelled', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    await flow.emit(1, { traceId: 't', join: true });
    calls[0]?.ctx.signal.addEventListener('abort', () => {
      flow.emit('again', { traceId: 't', join: true }).catch(() => {});
    });
    flow.cancel('t');
    await settle();
    if (flow.snapshot().traces === 1) expect(flow.cancel('t')).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R16 a cancelled stream of results ends', async () => {
    let made = 0;
    const flow = await bench.run(
      line(
        node('A', async function* () {
          for (;;) {
            yield ++made;
            await settle();
          }
        }),
      ),
      { queueMaxsize: 0 },
    );
    const traceId = await flow.emit(1);
    await settle();
    flow.cancel(traceId);
    await settle();
    await settle();
    const after = made;
    await settle();
    await settle();
    expect(made).to.equal(after);
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
  });
});
