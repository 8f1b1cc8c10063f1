import { expect } from 'chai';
import * as fc from 'fast-check';
import type { NodeContext } from '#src/index.js';
import { record, shortForm, useFlows, FlowBench } from '../support/flows.js';
import { held, node, pass, rows } from '../support/nodes.js';
import { codeOf } from '../support/settling.js';

describe('handing messages over without a floe', () => {
  const bench = useFlows();

  it('R4 a node with several inputs takes turns also after a message that came in directly', async () => {
    const [a, b, sink] = [pass('a'), pass('b'), held('sink')];
    const flow = await bench.run(
      rows([
        [a, [sink.node]],
        [b, [sink.node]],
      ]),
    );
    await flow.emit('a1', { to: 'a' });
    await bench.clock.advance(0);
    for (const name of ['a2', 'a3', 'b1', 'b2']) await flow.emit(name, { to: name.charAt(0) });
    for (let done = 0; done < 5; done++) {
      await bench.clock.advance(0);
      sink.calls[done]?.resolve();
    }
    expect(sink.calls.map(({ payload }) => payload)).to.deep.equal(['a1', 'b1', 'a2', 'b2', 'a3']);
    expect(sink.calls.map(({ ctx }) => ctx.source)).to.deep.equal(['a', 'b', 'a', 'b', 'a']);
  });

  it('R3 R20 the first of several ingress nodes starts while the others have the message already', async () => {
    const seen: unknown[] = [];
    const first = node('first', () => {
      seen.push(flow.snapshot().nodes.map(({ name, inFlight, queued }) => [name, inFlight, queued]));
    });
    const flow = await bench.run(
      rows([
        [first, []],
        [pass('second'), []],
      ]),
    );
    const events = record(flow);
    await flow.emit('m');
    expect(seen).to.deep.equal([
      [
        ['first', 1, 0],
        ['second', 0, 1],
      ],
    ]);
    const starts = events.filter(({ eventType }) => eventType === 'node_start');
    expect(starts.map((event) => [event.nodeName, event.tracePending, event.traceInflight])).to.deep.equal([
      ['first', 2, 1],
      ['second', 1, 1],
    ]);
    expect(await flow.fetch()).to.equal('m');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R16 a trace that the first ingress node cancels never reaches the others', async () => {
    const cancels = node('cancels', (_, ctx: NodeContext) => void flow.cancel(ctx.traceId));
    const second = held('second');
    const flow = await bench.run(
      rows([
        [cancels, []],
        [second.node, []],
      ]),
    );
    const events = record(flow);
    expect(await codeOf(flow.call('m'))).to.equal('TRACE_CANCELLED');
    expect(second.calls).to.deep.equal([]);
    expect(shortForm(events).filter((each) => each.endsWith('finish'))).to.have.length(1);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R4 an emit waits for the ingress node that has no room, and the others get each message once', async () => {
    const [free, full] = [held('free', { concurrency: 10 }), held('full')];
    const flow = await bench.run(
      rows([
        [free.node, []],
        [full.node, []],
      ]),
      { queueMaxsize: 1 },
    );
    const emits = ['m1', 'm2', 'm3'].map((each) => flow.emit(each));
    await bench.clock.advance(0);
    expect(free.calls.map(({ payload }) => payload)).to.deep.equal(['m1', 'm2', 'm3']);
    expect(full.calls.map(({ payload }) => payload)).to.deep.equal(['m1']);
    for (let done = 0; done < 3; done++) {
      full.calls[done]?.resolve();
      await bench.clock.advance(0);
    }
    await Promise.all(emits);
    expect(full.calls.map(({ payload }) => payload)).to.deep.equal(['m1', 'm2', 'm3']);
    expect(free.calls).to.have.length(3);
  });

  it('R8 a drain lets what is behind several inputs finish', async () => {
    const [a, b, sink] = [held('a'), held('b'), pass('sink')];
    const flow = await bench.run(
      rows([
        [a.node, [sink]],
        [b.node, [sink]],
      ]),
    );
    const results = [flow.fetch(), flow.fetch()];
    await flow.emit('m');
    const stopping = flow.stop({ drainS: 5 });
    for (const { calls } of [a, b]) calls[0]?.resolve('done');
    expect(await Promise.all(results)).to.deep.equal(['done', 'done']);
    await bench.clock.advance(0);
    expect(await stopping).to.deep.include({ drained: true, dropped: 0 });
  });

  it('R8 a drain is not over between two nodes', async () => {
    const [first, second] = [held('first'), held('second')];
    const flow = await bench.run(
      rows([
        [first.node, [second.node]],
        [second.node, []],
      ]),
    );
    const result = flow.call('m');
    const stopping = flow.stop({ drainS: 5 });
    first.calls[0]?.resolve('half done');
    await bench.clock.advance(100);
    expect(flow.state).to.equal('draining');
    second.calls[0]?.resolve('done');
    expect(await result).to.equal('done');
    await bench.clock.advance(0);
    expect(await stopping).to.deep.include({ drained: true, dropped: 0 });
  });

  it('R4 R16 each source keeps its order, nothing is lost or doubled, and a cancelled trace leaves nothing', async () => {
    const message = fc.record({
      to: fc.constantFrom('a', 'b', 'both' as const),
      delayS: fc.integer({ min: 0, max: 2 }),
      sinkDelayS: fc.integer({ min: 0, max: 2 }),
      cancelled: fc.boolean(),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (plans, concurrency, queueMaxsize) => {
          const own = new FlowBench();
          const branch = (name: string) =>
            node(name, async (n: number, ctx) => {
              const { delayS } = plans[n] as { readonly delayS: number };
              if (delayS > 0) await ctx.sleep(delayS);
              return n;
            });
          const taken: string[] = [];
          const sink = node(
            'sink',
            async (n: number, ctx) => {
              taken.push(`${ctx.source}${n}`);
              const { sinkDelayS } = plans[n] as { readonly sinkDelayS: number };
              if (sinkDelayS > 0) await ctx.sleep(sinkDelayS);
            },
            { concurrency },
          );
          const [a, b] = [branch('a'), branch('b')];
          const flow = await own.run(
            rows([
              [a, [sink]],
              [b, [sink]],
            ]),
            { queueMaxsize },
          );
          try {
            const emits: Promise<unknown>[] = [];
            const waited = new Set<number>();
            for (const [n, plan] of plans.entries()) {
              const before = flow.snapshot().nodes.find(({ name }) => name === 'a');
              if (plan.to === 'both' && before?.queued === queueMaxsize) waited.add(n);
              const to = plan.to === 'both' ? undefined : { to: plan.to };
              emits.push(flow.emit(n, { traceId: `t${n}`, ...to }).catch(() => {}));
              if (plan.wait) await own.clock.advance(1_000);
              if (plan.cancelled) flow.cancel(`t${n}`);
            }
            await own.clock.advance(500_000);
            await Promise.all(emits);
            for (const source of ['a', 'b']) {
              const got = taken.filter((each) => each.startsWith(source)).map((each) => Number(each.slice(1)));
              const sent = [...plans.keys()].filter((n) => plans[n]?.to === 'both' || plans[n]?.to === source);
              const kept = sent.filter((n) => plans[n]?.cancelled !== true);
              // One that waits for room at `a` gets to `b` later: what was emitted only to `b` meanwhile may be there before it.
              const overtaken = source === 'b' ? got.filter((n) => waited.has(n)) : [];
              const inOrder = (numbers: readonly number[]): readonly number[] =>
                numbers.filter((n) => !overtaken.includes(n));
              expect(inOrder(got)).to.deep.equal(inOrder(sent.filter((n) => got.includes(n))));
              expect(overtaken).to.deep.equal(sent.filter((n) => overtaken.includes(n)));
              expect(got.filter((n) => kept.includes(n)).toSorted((x, y) => x - y)).to.deep.equal(kept);
              expect(inOrder(got.filter((n) => kept.includes(n)))).to.deep.equal(inOrder(kept));
            }
            const { traces, nodes } = flow.snapshot();
            expect(traces).to.equal(0);
            for (const each of nodes) expect([each.inFlight, each.queued]).to.deep.equal([0, 0]);
          } finally {
            await own.stopAll();
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
