import { expect } from 'chai';
import fc from 'fast-check';
import { useFlows } from '../support/flows.js';
import { held, line, node } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

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
