import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import type { FlowEvent } from '#src/index.js';
import { useFlows, type TestFlow } from '../../support/flows.js';
import { held, line, node, pass, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

describe('an emit that waits for room for long', () => {
  const bench = useFlows();

  function longWaitsOf(flow: TestFlow): FlowEvent[] {
    const events: FlowEvent[] = [];
    flow.on('flow_backpressure', (event) => {
      events.push(event);
    });
    return events;
  }

  it('R14c is one event after ten seconds, with its run and the node it waits for', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
    const events = longWaitsOf(flow);
    for (let n = 0; n < 3; n++) flow.emit(n, { traceId: `t-${n}`, tenant: 'acme' }).catch(() => {});
    await bench.clock.advance(9_500);
    flow.call(3, { traceId: 't-3' }).catch(() => {});
    await bench.clock.advance(1_500);
    expect(events.map(({ traceId }) => traceId)).to.deep.equal(['t-2']);
    const [event] = events;
    expect(event).to.include({ nodeName: 'Slow', tenant: 'acme', tracePending: 1, latencyMs: null });
    expect(event?.extra['waited_ms']).to.be.within(10_000, 11_000);
    expect(event?.extra['source']).to.equal('OpenSea');
    await bench.clock.advance(60_000);
    expect(events.map(({ traceId }) => traceId)).to.deep.equal(['t-2', 't-3']);
  });

  it('R14c tells of emits of nodes, too, and of pieces that wait for a reader, but not of results', async () => {
    const slow = held('Slow');
    const emits = node('Emits', async (payload: unknown, ctx) => {
      for (let n = 0; n < 3; n++) await ctx.emit(payload);
    });
    const streams = node('Streams', async (_, ctx) => {
      for (let n = 0; n < 3; n++) await ctx.emitChunk('piece');
    });
    const graph = rows([
      [emits, [slow.node]],
      [pass('Passes'), [slow.node]],
      [streams, []],
      [slow.node, []],
    ]);
    const flow = await bench.run(graph, { queueMaxsize: 1 });
    const events = longWaitsOf(flow);
    await flow.emit(1, { to: 'Emits', traceId: 'emits' });
    for (let n = 0; n < 2; n++) await flow.emit(1, { to: 'Passes' });
    const stream = flow.stream(1, { to: 'Streams', traceId: 'streams' });
    stream.result.catch(() => {});
    await bench.clock.advance(15_000);
    expect(events.map(({ traceId, nodeName, extra }) => [traceId, nodeName, extra['source']])).to.deep.equal([
      ['emits', 'Slow', 'Emits'],
      ['streams', 'Rookery', undefined],
    ]);
    expect(flow.snapshot().nodes.find(({ name }) => name === 'Slow')?.waitingForRoom).to.equal(2);
  });

  it('R14c does not tell of one that got its room or was given up before', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
    const events = longWaitsOf(flow);
    for (let n = 0; n < 5; n++) flow.emit(n, { traceId: `t-${n}` }).catch(() => {});
    await bench.clock.advance(8_000);
    slow.calls[0]?.resolve();
    flow.cancel('t-3');
    await bench.clock.advance(60_000);
    expect(events.map(({ traceId }) => traceId)).to.deep.equal(['t-4']);
  });

  it('R14c tells once of one that waits for room in one place after the other, and of those behind it', async () => {
    const [one, two] = [held('One'), held('Two')];
    const graph = rows([
      [one.node, []],
      [two.node, []],
    ]);
    const flow = await bench.run(graph, { queueMaxsize: 1 });
    const events = longWaitsOf(flow);
    for (let n = 0; n < 2; n++) await flow.emit(n, { to: 'Two' });
    for (let n = 0; n < 2; n++) await flow.emit(n, { to: 'One' });
    flow.emit(1, { traceId: 'both' }).catch(() => {});
    await bench.clock.advance(9_000);
    flow.emit(1, { to: 'Two', traceId: 'before' }).catch(() => {});
    await bench.clock.advance(3_000);
    one.calls[0]?.resolve();
    await settle();
    flow.emit(1, { to: 'Two', traceId: 'behind' }).catch(() => {});
    await bench.clock.advance(20_000);
    expect(events.map(({ traceId }) => traceId)).to.deep.equal(['both', 'before', 'behind']);
  });

  it('R14c a listener that ends the wait of another keeps it from being told of', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
    const told: unknown[] = [];
    flow.on('flow_backpressure', ({ traceId }) => {
      told.push(traceId);
      flow.cancel('t-3');
    });
    for (let n = 0; n < 5; n++) flow.emit(n, { traceId: `t-${n}` }).catch(() => {});
    await bench.clock.advance(12_000);
    expect(told).to.deep.equal(['t-2', 't-4']);
  });

  it('R14c R30 very many of them do not hold the event loop', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
    const events: string[] = [];
    flow.on('flow_backpressure', ({ traceId }) => {
      events.push(traceId as string);
      for (const until = performance.now() + 0.05; performance.now() < until;);
    });
    const count = 2_000;
    for (let n = 0; n < count + 2; n++) flow.emit(n).catch(() => {});
    await bench.clock.advance(10_000);
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    await bench.clock.advance(1_000);
    const atOnce = events.length;
    while (events.length < count) await settle();
    clearInterval(counting);
    expect(atOnce).to.be.below(count);
    expect(events).to.have.length(count);
    expect(turns).to.be.above(2);
  });

  it('R14c an emit that stands behind one that was told of elsewhere is told of as well', async () => {
    const [a, b] = [held('A'), held('B')];
    const flow = await bench.run(
      rows([
        [a.node, []],
        [b.node, []],
      ]),
      { queueMaxsize: 1 },
    );
    const told: unknown[] = [];
    flow.on('flow_backpressure', ({ nodeName, traceId }) => void told.push(`${traceId} at ${nodeName}`));
    for (const to of [a.node, a.node, b.node, b.node]) await flow.emit(1, { to });
    flow.emit(1, { traceId: 'moved', to: [a.node, b.node] }).catch(() => {});
    await bench.clock.advance(5_000);
    flow.emit(1, { traceId: 'X', to: b.node }).catch(() => {});
    await bench.clock.advance(3_000);
    a.calls[0]?.resolve();
    await bench.clock.advance(60_000);
    expect(told).to.have.members(['moved at B', 'X at B']);
  });

  it('R14c whoever listens later hears how long it was', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    for (let n = 0; n < 3; n++) flow.emit(n).catch(() => {});
    await bench.clock.advance(15_000);
    const waited: unknown[] = [];
    flow.on('flow_backpressure', ({ extra }) => void waited.push(extra['waited_ms']));
    await bench.clock.advance(2_000);
    expect(waited).to.have.length(1);
    expect(waited[0]).to.be.within(15_000, 17_000);
  });
});
