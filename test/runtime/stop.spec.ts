import { expect } from 'chai';
import { FlowError, Middleware, OnFlowEvent } from '#src/index.js';
import { never } from '../support/deferred.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, pass, rows } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('stop()', () => {
  const bench = useFlows();

  it('R8 refuses new input', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.stop();
    expect(await codeOf(flow.emit(1))).to.equal('FLOW_STOPPED');
    expect(await codeOf(flow.call(1))).to.equal('FLOW_STOPPED');
    expect(await codeOf(flow.fetch())).to.equal('FLOW_STOPPED');
    expect(thrownBy(() => flow.tryEmit(1)).code).to.equal('FLOW_STOPPED');
    expect(thrownBy(() => flow.cancel('t')).code).to.equal('FLOW_STOPPED');
  });

  it('R8 aborts what is in flight through ctx.signal', async () => {
    const { node: waiting, calls } = held('A');
    const flow = await bench.run(line(waiting));
    await flow.emit(1);
    const { signal } = calls[0]?.ctx ?? expect.fail('not running');
    expect(signal.aborted).to.equal(false);
    const stopping = flow.stop();
    await settle();
    expect(signal.aborted).to.equal(true);
    expect(FlowError.is(signal.reason, 'FLOW_STOPPED')).to.equal(true);
    calls[0]?.reject(signal.reason);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 1, stuckNodes: [], unflushed: [] });
  });

  it('R8 resolves when the code that was interrupted has returned', async () => {
    const { node: waiting, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(waiting));
    await flow.emit(1);
    await flow.emit(2);
    const stopping = flow.stop();
    expect(await isPending(stopping)).to.equal(true);
    calls[0]?.resolve(1);
    expect(await isPending(stopping)).to.equal(true);
    calls[1]?.reject(new Error('no'));
    expect(await isPending(stopping)).to.equal(false);
    expect(bench.clock.pending).to.equal(0);
  });

  it('R8 resolves when the grace period is over, and names the nodes that are stuck', async () => {
    const flow = await bench.run(line(held('Deaf').node));
    await flow.emit(1);
    const stopping = flow.stop({ graceS: 2 });
    await bench.clock.advance(1_999);
    expect(await isPending(stopping)).to.equal(true);
    await bench.clock.advance(1);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 1, stuckNodes: ['Deaf'], unflushed: [] });
  });

  it('R8 waits five seconds for stuck code unless it is told otherwise', async () => {
    const flow = await bench.run(line(held('Deaf').node));
    await flow.emit(1);
    const stopping = flow.stop();
    await bench.clock.advance(4_999);
    expect(await isPending(stopping)).to.equal(true);
    await bench.clock.advance(1);
    expect((await stopping).stuckNodes).to.deep.equal(['Deaf']);
  });

  it('R8 an idle flow stops at once, with nothing dropped', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.call(1);
    expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
    expect(bench.clock.pending).to.equal(0);
  });

  it('R8 counts what was queued, in flight, waiting for room, between attempts and not fetched', async () => {
    const backing = failing('Failing', { maxRetries: 1 });
    const [first, second] = [held('First'), held('Second')];
    const flow = await bench.run(
      rows([
        [first.node, [second.node]],
        [second.node, []],
        [backing, []],
      ]),
      { queueMaxsize: 1 },
    );
    await flow.emit('backoff', { to: backing });
    await flow.emit('queued behind it', { to: backing });
    await flow.emit('one', { to: first.node });
    first.calls[0]?.resolve('held by Second');
    await flow.emit('two', { to: first.node });
    await settle();
    first.calls[1]?.resolve('queued before Second');
    await settle();
    await flow.emit('three', { to: first.node });
    await settle();
    first.calls[2]?.resolve('waits for room on First');
    await settle();
    await flow.emit('queued before First', { to: first.node });
    const waiting = flow.emit('waits at the ingress', { to: first.node });
    const code = codeOf(waiting);
    const stopping = flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 7, stuckNodes: ['Second'], unflushed: [] });
    expect(await code).to.equal('FLOW_STOPPED');
  });

  it('R8 counts results that nobody fetched', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    await flow.emit(3);
    expect(await flow.stop()).to.include({ drained: false, dropped: 3 });
  });

  it('R8 counts each message of an ordered node that waits for its turn', async () => {
    const [work, next] = [held('Work', { concurrency: 3, ordered: true }), held('Next')];
    const flow = await bench.run(line(work.node, next.node), { queueMaxsize: 1 });
    const sent = Array.from({ length: 5 }, (_, n) => flow.emit(n));
    for (let n = 0; n < 2; n++) {
      work.calls[n]?.resolve(n);
      await settle();
    }
    // One with Next, one before it; of the other three the first waits for room and the others for their turn.
    await Promise.all(sent);
    for (const call of work.calls) call.resolve('waits');
    await settle();
    expect(work.calls).to.have.length(5);
    const stopping = flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 5, stuckNodes: ['Next'], unflushed: [] });
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    expect(
      flow.snapshot().nodes.map(({ queued, waitingForRoom, inFlight }) => [queued, waitingForRoom, inFlight]),
    ).to.deep.equal([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('R8 counts the result that an ordered node lets go while it is emptied', async () => {
    const work = held('Work', { concurrency: 2, ordered: true });
    const flow = await bench.run(line(work.node, held('Next').node));
    await flow.emit('runs');
    await flow.emit('is done and waits for its turn');
    work.calls[1]?.resolve('done');
    await settle();
    const stopping = flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 2, stuckNodes: ['Work'], unflushed: [] });
  });

  it('R8 rejects every promise that waits', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    const codes = Promise.all([
      codeOf(flow.call('runs', { traceId: 'a' })),
      codeOf(flow.call('queued')),
      codeOf(flow.call('waits for room')),
      codeOf(flow.call('another run of that trace id', { traceId: 'a' })),
      codeOf(flow.emit('waits for room')),
      codeOf(flow.fetch()),
      codeOf(flow.fetch({ traceId: 'b' })),
    ]);
    await settle();
    const stopping = flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    await stopping;
    expect(new Set(await codes)).to.deep.equal(new Set(['FLOW_STOPPED']));
  });

  it('R8 called again gives the same promise', async () => {
    const flow = await bench.run(line(pass('A')));
    expect(flow.stop()).to.equal(flow.stop({ drainS: 1 }));
    expect(await flow.stop()).to.include({ drained: true });
  });

  it('R8 refuses options it does not know, and can still be called right', async () => {
    const flow = await bench.run(line(pass('A')));
    expect(await codeOf(flow.stop({ drainS: -1 }))).to.equal('INVALID_OPTION');
    expect(await codeOf(flow.stop({ drain: 1 } as object))).to.equal('INVALID_OPTION');
    expect(await codeOf(flow.stop({ graceS: Number.NaN }))).to.equal('INVALID_OPTION');
    expect(await flow.call(1)).to.equal(1);
    expect(await flow.stop()).to.include({ drained: true });
    expect(flow.state).to.equal('stopped');
  });

  it('R8 happens at the end of an `await using` block', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow[Symbol.asyncDispose]();
    expect(flow.state).to.equal('stopped');
  });

  it('R8 leaves no timer behind', async () => {
    const flow = await bench.run(line(held('A', { timeoutS: 60 }).node));
    void flow.call(1, { timeoutS: 90 }).catch(() => {});
    void flow.fetch({ timeoutS: 90 }).catch(() => {});
    const stopping = flow.stop({ graceS: 1 });
    await bench.clock.advance(1_000);
    await stopping;
    expect(bench.clock.pending).to.equal(0);
  });

  it('R8 goes on when the log cannot be flushed', async () => {
    bench.log.flush = () => Promise.reject(new Error('disk full'));
    let disposed = 0;
    class Service {
      dispose(): void {
        disposed++;
      }
    }
    const flow = await bench.run(line(pass('A')), {
      middlewares: [Watch],
      providers: [{ token: Watched, useClass: Service as unknown as new () => Watched }],
    });
    await flow.stop().catch(() => {});
    expect(flow.state).to.equal('stopped');
    expect(disposed).to.equal(1);
  });

  it('R8 R21 a subscription whose flush() never returns is given up, and the log says so', async () => {
    const listener = { name: 'Hangs', listener: () => {}, flush: () => never() };
    const flow = await bench.run(line(pass('A')), { middlewares: [listener] });
    const stopped = flow.stop();
    expect(await isPending(stopped)).to.equal(true);
    await bench.clock.advance(30_000);
    await stopped;
    expect(bench.log.lines.map(({ message, reserved }) => [message, reserved])).to.deep.equal([
      ['flow_flush_stuck', { flow_name: flow.name }],
    ]);
  });
});

abstract class Watched {
  abstract dispose(): void;
}

@Middleware()
class Watch {
  constructor(readonly watched: Watched) {}
  @OnFlowEvent('node_start') on(): void {}
}
