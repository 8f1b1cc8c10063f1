import { expect } from 'chai';
import { joinFrom, TRACER, type FlowTracer, type NodeContext, type TraceStart } from '#src/index.js';
import { recordRuns, useFlows } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';

describe('inject', () => {
  const bench = useFlows();
  const adds = (name: string) => node(name, (payload, ctx: NodeContext) => `${String(payload)} ${name}<${ctx.source}`);

  it('H12 puts a message before a node in the middle, and waits for all that becomes of it', async () => {
    const b = adds('B');
    const flow = await bench.run(line(adds('A'), b, adds('C')));
    for (const at of [b, 'B'] as const) {
      expect(await flow.inject('x', { node: at, traceId: 't' })).to.deep.equal({
        traceId: 't',
        status: 'succeeded',
        results: ['x B<A C<B'],
        failures: [],
      });
    }
    expect((await flow.inject('x', { node: ['A', 'C'] })).results).to.have.members(['x A<OpenSea B<A C<B', 'x C<B']);
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, unclaimedFailures: 0 });
  });

  it('H12 is a run of its own kind, with ids, tenant, labels and a number to replay', async () => {
    const starts: TraceStart[] = [];
    const tracer: FlowTracer = { startTrace: (start) => void starts.push(start) as undefined };
    const flow = await bench.run(line(pass('A'), pass('B')), { providers: [{ token: TRACER, useValue: tracer }] });
    const runs = recordRuns(flow);
    await flow.inject('x', { node: 'B', tenant: 'acme', traceId: 't', labels: { order: '7' }, replayOf: 12 });
    expect(starts[0]).to.include({ kind: 'inject', tenant: 'acme', traceId: 't', replayOf: 12 });
    expect(starts[0]?.labels).to.deep.equal({ order: '7' });
    expect(JSON.stringify(runs)).to.contain('inject');
    await flow.call('y');
    expect(starts[1]).to.include({ kind: 'call', replayOf: undefined });
  });

  it('H12 is its own waiter: nobody else gets its results, or its failures', async () => {
    const flow = await bench.run(line(pass('A'), failing('B')));
    const { status, failures, results } = await flow.inject('x', { node: 'B' });
    expect([status, results, failures.map(({ code }) => code)]).to.deep.equal(['failed', [], ['NODE_EXCEPTION']]);
    expect(await codeOf(flow.fetch({ timeoutS: 0 }))).to.equal('FETCH_TIMEOUT');
  });

  it('H12 resolves however it ends', async () => {
    const { node: hangs } = held('Hangs');
    const flow = await bench.run(line(pass('A'), hangs));
    const cancelled = flow.inject('x', { node: 'Hangs', traceId: 'c' });
    const late = flow.inject('x', { node: 'Hangs', timeoutS: 1 });
    const stopped = flow.inject('x', { node: 'Hangs' });
    await settle();
    flow.cancel('c');
    await bench.clock.advance(1_100);
    const stop = flow.stop({ graceS: 1 });
    await bench.clock.advance(2_000);
    await stop;
    expect([(await cancelled).status, (await late).status, (await stopped).status]).to.deep.equal([
      'cancelled',
      'deadline',
      'stopped',
    ]);
  });

  it('H12b has the key that it is given, at the node and behind it', async () => {
    const keys: string[] = [];
    const notes = (name: string) =>
      node(name, (payload, ctx: NodeContext) => {
        keys.push(ctx.idempotencyKey);
        return payload;
      });
    const flow = await bench.run(line(notes('A'), notes('B'), notes('C')));
    await flow.call('x', { id: 'order-1' });
    await flow.inject('x', { node: 'B', id: keys[1] as string });
    expect(keys.slice(3)).to.deep.equal([keys[1], keys[2]]);
  });

  it('H12 brings a part to a join, which has to be told whose', async () => {
    const [a, b] = [pass('A'), pass('B')];
    const both = joinFrom('Both', [a, b], { by: 'order' });
    const flow = await bench.run(
      rows([
        [pass('Fork'), [a, b]],
        [a, [both]],
        [b, [both]],
        [both, []],
      ]),
    );
    expect((await failureOf(flow.inject('x', { node: both }))).message).to.contain(
      'to be the node whose part of join "Both" it is: A, B, got undefined',
    );
    expect((await failureOf(flow.inject('x', { node: both, from: 'Fork' }))).message).to.contain(
      'one of those that lead to "Both": A, B',
    );
    const { status, results } = await flow.inject('x', { node: both, from: a });
    expect([status, results]).to.deep.equal(['succeeded', []]);
    expect(flow.snapshot().nodes.find(({ name }) => name === 'Both')).to.include({ incomplete: 1 });
  });

  it('H12 refuses what it cannot do, at the call', async () => {
    const flow = bench.make(line(pass('A'), pass('B')));
    expect(await codeOf(flow.inject('x', { node: 'A' }))).to.equal('NOT_RUNNING');
    await flow.run();
    for (const [options, text] of [
      [{}, '`node`'],
      [{ node: [] }, '`node`'],
      [{ node: 7 }, '`node`'],
      [{ node: 'A', from: 7 }, '`from`'],
      [{ node: 'A', replayOf: 0 }, '`replayOf`'],
      [{ node: 'A', to: 'B' }, '`to`'],
      [{ node: 'A', join: true }, '`join`'],
      [{ node: 'A', scoped: true }, '`scoped`'],
      [{ node: 'A', nodes: 'B' }, 'nodes'],
      [null, '`options`'],
    ] as const) {
      const error = await failureOf(flow.inject('x', options as never));
      expect([error.code, error.message.includes(text)], error.message).to.deep.equal(['INVALID_OPTION', true]);
    }
    expect(await codeOf(flow.inject('x', { node: 'Nowhere' }))).to.equal('UNKNOWN_TARGET');
    expect(await codeOf(flow.inject('x', { node: 'A', signal: AbortSignal.abort() }))).to.equal('ABORTED');
    await flow.stop();
    expect(await codeOf(flow.inject('x', { node: 'A' }))).to.equal('FLOW_STOPPED');
  });
});
