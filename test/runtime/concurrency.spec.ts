import { expect } from 'chai';
import fc from 'fast-check';
import { createFlow, Flow, joinK, predicateRouter, unionRouter, type NodeClass } from '#src/index.js';
import { nodeMetadataOf } from '#src/metadata/node.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('concurrency', () => {
  const bench = useFlows();

  it('R5 a node handles one message at a time unless it says more', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    for (const n of [1, 2, 3]) await flow.emit(n);
    await settle();
    expect(calls).to.have.length(1);
    calls[0]?.resolve();
    await settle();
    expect(calls).to.have.length(2);
  });

  it('R5 with concurrency it handles that many, and never more', async () => {
    let running = 0;
    let most = 0;
    const flow = await bench.run(
      line(
        node(
          'A',
          async () => {
            most = Math.max(most, ++running);
            await settle();
            running--;
          },
          { concurrency: 3 },
        ),
      ),
    );
    for (let n = 0; n < 10; n++) await flow.emit(n);
    for (let n = 0; n < 10; n++) await settle();
    expect(most).to.equal(3);
    expect(flow.snapshot().nodes[0]).to.include({ succeeded: 10, inFlight: 0 });
  });

  it('R5 the concurrency of the flow is that of its nodes that say nothing, and not of routers and joins', async () => {
    const nodes = [
      pass('Silent'),
      pass('One', { concurrency: 1 }),
      pass('Four', { concurrency: 4 }),
      pass('Ordered', { ordered: true }),
      predicateRouter('lanes', () => null),
      unionRouter('shapes', ['round']),
      predicateRouter('wide', () => null, { concurrency: 8 }),
      joinK('pairs', 2),
      joinK('timed', 2, { timeoutS: 1, maxWaiting: 4 }),
    ];
    const said = { One: 1, Four: 4, lanes: 1, shapes: 1, wide: 8, pairs: 1, timed: 1 };
    const concurrencyOf = (flow: TestFlow): Record<string, number> =>
      Object.fromEntries(flow.plan.nodes.map(({ name, policy }) => [name, policy.concurrency]));
    const graph = rows(nodes.map((each) => [each, []]));
    expect(concurrencyOf(bench.make(graph))).to.deep.equal({ Silent: 1, Ordered: 1, ...said });
    expect(concurrencyOf(bench.make(graph, { concurrency: 16 }))).to.deep.equal({ Silent: 16, Ordered: 16, ...said });
    expect(nodes.map((each) => nodeMetadataOf(each).policy.concurrency)).to.deep.equal([1, 1, 4, 1, 1, 1, 8, 1, 1]);
  });

  it('R5 the concurrency of @Flow wins over that of createFlow, and a playbook has its own or that of createFlow', async () => {
    const seen: number[] = [];
    let running = 0;
    const busy = (name: string): NodeClass<unknown> =>
      node(name, async () => {
        seen.push(++running);
        await settle();
        running--;
        return name;
      });
    @Flow()
    class Inner {
      readonly graph = line(busy('Work'));
    }
    @Flow({ concurrency: 2 })
    class Outer {
      readonly graph = line(node('Call', (payload: unknown, ctx) => ctx.call(Inner, payload)));
    }
    const flow = createFlow(Outer, { concurrency: 3 });
    await flow.run();
    expect(flow.plan.nodes[0]?.policy.concurrency).to.equal(2);
    await Promise.all([1, 2, 3, 4].map((n) => flow.call(n)));
    expect(Math.max(...seen)).to.equal(2);
    await flow.stop();
    const plain = createFlow(Inner, { concurrency: 3 });
    expect(plain.plan.nodes[0]?.policy.concurrency).to.equal(3);
    await plain.stop();
  });

  it('R5 R7 a concurrency that is none is refused', () => {
    for (const concurrency of [0, 1.5, Number.NaN, '2']) {
      const flow = thrownBy(() => bench.make(line(pass('A')), { concurrency: concurrency as number }));
      expect([flow.code, flow.metadata['option']]).to.deep.equal(['INVALID_OPTION', 'concurrency']);
      @Flow()
      class Some {
        readonly graph = line(pass('A'));
      }
      const error = thrownBy(() => createFlow(Some, { concurrency: concurrency as number }));
      expect([error.code, error.metadata['option']]).to.deep.equal(['INVALID_OPTION', 'concurrency']);
    }
  });

  it('R5 with concurrency results leave as they finish', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    for (const n of [0, 1, 2]) await flow.emit(n);
    for (const n of [2, 0, 1]) {
      calls[n]?.resolve(n);
      await settle();
    }
    expect([await flow.fetch(), await flow.fetch(), await flow.fetch()]).to.deep.equal([2, 0, 1]);
  });

  it('R5 with `ordered` results leave in arrival order', async () => {
    const { node: work, calls } = held('A', { concurrency: 3, ordered: true });
    const flow = await bench.run(line(work));
    for (const n of [0, 1, 2]) await flow.emit(n);
    for (const n of [2, 1]) {
      calls[n]?.resolve(n);
      await settle();
    }
    expect(flow.snapshot().results).to.equal(0);
    calls[0]?.resolve(0);
    await settle();
    expect([await flow.fetch(), await flow.fetch(), await flow.fetch()]).to.deep.equal([0, 1, 2]);
  });

  it('R5 with `ordered` a message without a result passes its turn on', async () => {
    const { node: work, calls } = held('A', { concurrency: 4, ordered: true });
    const flow = await bench.run(line(work));
    for (const n of [0, 1, 2, 3]) await flow.emit(n, { traceId: `t${n}` });
    calls[3]?.resolve(3);
    calls[0]?.resolve();
    calls[1]?.reject(new Error('no'));
    await settle();
    expect(flow.snapshot().results).to.equal(0);
    flow.cancel('t2');
    expect(await codeOf(flow.fetch())).to.equal('NODE_EXCEPTION');
    expect(await flow.fetch()).to.equal(3);
  });

  it('R5 with `ordered` what a node emits while it runs waits for its turn too', async () => {
    const first = held('A', { concurrency: 2, ordered: true });
    const flow = await bench.run(line(first.node));
    await flow.emit(0);
    await flow.emit(1);
    const early = first.calls[1]?.ctx.emit('1, early') ?? expect.fail('not running');
    expect(await isPending(early)).to.equal(true);
    first.calls[1]?.resolve('1, last');
    await first.calls[0]?.ctx.emit('0, early');
    first.calls[0]?.resolve('0, last');
    await early.catch(() => {});
    await settle();
    const got: unknown[] = [];
    while (flow.snapshot().results > 0) got.push(await flow.fetch());
    expect(got.slice(0, 2)).to.deep.equal(['0, early', '0, last']);
    expect(got).to.include('1, last');
  });

  it('R5 with `ordered` an emit that waits for its turn ends at once when its trace is cancelled', async () => {
    const { node: work, calls } = held('A', { concurrency: 2, ordered: true });
    const flow = await bench.run(line(work));
    await flow.emit(0);
    await flow.emit(1, { traceId: 't' });
    const waiting = calls[1]?.ctx.emit('x') ?? expect.fail('not running');
    flow.cancel('t');
    expect(await isPending(waiting)).to.equal(false);
  });

  it('R3 R16 with `ordered` an emit that waits for its turn ends with its trace, also after `process` has returned', async () => {
    const { node: work, calls } = held('A', { concurrency: 2, ordered: true });
    const flow = await bench.run(line(work));
    await flow.emit(0);
    await flow.emit(1, { traceId: 't' });
    const waiting = calls[1]?.ctx.emit('x') ?? expect.fail('not running');
    calls[1]?.resolve();
    await settle();
    flow.cancel('t');
    expect(await isPending(waiting)).to.equal(false);
    calls[0]?.resolve('of the first');
    await settle();
    expect(flow.snapshot()).to.include({ results: 1, traces: 1 });
    expect(await flow.fetch()).to.equal('of the first');
  });

  it('R5 with `ordered` a retry keeps its place', async () => {
    const flow = await bench.run(
      line(
        node(
          'A',
          (n: number, ctx) => {
            if (n === 0 && ctx.attempt === 0) throw new Error('no');
            return n;
          },
          { concurrency: 2, ordered: true, maxRetries: 1 },
        ),
      ),
    );
    await flow.emit(0);
    await flow.emit(1);
    await settle();
    expect(flow.snapshot().results).to.equal(0);
    await bench.clock.advance(500);
    expect([await flow.fetch(), await flow.fetch()]).to.deep.equal([0, 1]);
  });

  it('R5 ordered results leave in arrival order whatever finishes, fails, times out or is cancelled first', async () => {
    const ends = ['resolve', 'reject', 'undefined', 'cancel', 'timeout'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ end: fc.constantFrom(...ends), at: fc.nat(100) }), { minLength: 1, maxLength: 12 }),
        async (concurrency, queueMaxsize, messages) => {
          const { node: work, calls } = held('A', { concurrency, ordered: true, timeoutS: 1_000 });
          const out: unknown[] = [];
          const flow = await bench.run(
            line(
              work,
              node('Out', async (n: unknown) => void out.push(n)),
            ),
            { queueMaxsize },
          );
          const sent = messages.map((_, n) => flow.emit(n, { traceId: `${n}` }));
          for (const emit of sent) emit.catch(() => {});
          const open = new Set(messages.keys());
          while (open.size > 0) {
            await settle();
            const running = calls.filter((call) => open.has(call.payload as number));
            const call = running[(messages[running[0]?.payload as number]?.at ?? 0) % running.length];
            if (call === undefined) break;
            const n = call.payload as number;
            open.delete(n);
            const end = messages[n]?.end;
            if (end === 'resolve') call.resolve(n);
            else if (end === 'reject') call.reject(new Error('no'));
            else if (end === 'cancel') flow.cancel(`${n}`);
            else if (end === 'timeout') {
              for (const late of running) open.delete(late.payload as number);
              await bench.clock.advance(1_000_000);
            } else call.resolve();
          }
          await settle();
          expect(out).to.deep.equal([...out].sort((a, b) => Number(a) - Number(b)));
          expect(flow.snapshot().traces).to.equal(0);
          await Promise.all(sent);
          const stopping = flow.stop({ graceS: 0 });
          await bench.clock.advance(0);
          expect(await stopping).to.include({ dropped: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });
});
