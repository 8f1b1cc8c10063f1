import { expect } from 'chai';
import type { NodePolicy } from '#src/ports/node-policy.js';
import { DeferredStart } from '#src/runtime/attempt/deferred-start.js';
import { record, shortForm, useFlows, type TestFlow } from '../../support/flows.js';
import { line, node, pass } from '../../support/nodes.js';
import { codeOf, settle } from '../../support/settling.js';

describe('DeferredStart', () => {
  const policy = { concurrency: 1, maxPerS: undefined } as NodePolicy;
  const due = (start: DeferredStart): number => {
    let count = 0;
    while (start.isDue()) count++;
    return count;
  };

  it('defers nothing at a node that never failed', () => {
    expect(new DeferredStart(policy).isDue()).to.equal(false);
  });

  it('defers some messages after a failure, counted from the last one', () => {
    const start = new DeferredStart(policy);
    start.noteFailure();
    const once = due(start);
    expect(once).to.be.greaterThan(1);
    start.noteFailure();
    start.isDue();
    start.noteFailure();
    expect(due(start)).to.equal(once);
  });

  it('R4 defers nothing where messages could overtake each other, or would be counted late', () => {
    for (const other of [{ concurrency: 2 }, { maxPerS: 10 }]) {
      const start = new DeferredStart({ ...policy, ...other });
      start.noteFailure();
      expect(start.isDue()).to.equal(false);
    }
  });
});

describe('a node that failed lately', () => {
  const bench = useFlows();

  /** A flow of one node that has failed; `started` are the payloads that reached it since. */
  async function noteFailure(options: { concurrency?: number; queueMaxsize?: number } = {}): Promise<{
    flow: TestFlow;
    started: unknown[];
  }> {
    const { queueMaxsize = 64, ...policy } = options;
    const started: unknown[] = [];
    const fallible = node(
      'Fallible',
      async (payload) => {
        started.push(payload);
        if (payload === 'bad') throw new Error('bad');
        return payload;
      },
      policy,
    );
    const flow = await bench.run(line(fallible, pass('After')), { queueMaxsize });
    expect(await codeOf(flow.call('bad'))).to.equal('NODE_EXCEPTION');
    started.length = 0;
    return { flow, started };
  }

  it('takes its next message up in a microtask, where nothing of the caller is below its error', async () => {
    let stack: string | undefined;
    const failing = node('Failing', async () => {
      const error = new Error('again');
      stack = error.stack;
      throw error;
    });
    const flow = await bench.run(line(failing));
    const callFromHere = (): Promise<unknown> => flow.call(1);
    await codeOf(callFromHere());
    expect(stack).to.contain('callFromHere');
    await codeOf(callFromHere());
    expect(stack).not.to.contain('callFromHere');
  });

  it('R4 R12 keeps the order of messages and of events', async () => {
    const { flow, started } = await noteFailure();
    const events = record(flow);
    const calls = [1, 2, 3].map((n) => flow.call(n));
    expect(started).to.deep.equal([]);
    expect(flow.snapshot().nodes[0]).to.include({ inFlight: 1, queued: 2 });
    expect(await Promise.all(calls)).to.deep.equal([1, 2, 3]);
    expect(started).to.deep.equal([1, 2, 3]);
    const told = shortForm(events.filter(({ nodeName }) => nodeName === 'Fallible'));
    const [start, success] = ['Fallible:node_start', 'Fallible:node_success'];
    expect(told).to.deep.equal([start, success, start, success, start, success]);
    expect(events.filter(({ eventType }) => eventType === 'node_start').map(({ attempt }) => attempt)).to.deep.equal(
      Array.from({ length: 6 }, () => 0),
    );
  });

  it('R4 has room for as many messages as any other', async () => {
    const { flow } = await noteFailure({ queueMaxsize: 1 });
    expect([1, 2, 3].map((n) => flow.tryEmit(n))).to.deep.equal([true, true, false]);
  });

  it('R16 a message that is cancelled before its microtask never reaches the node, and the next one does', async () => {
    const { flow, started } = await noteFailure();
    const events = record(flow);
    const cancelled = codeOf(flow.call('cancelled', { traceId: 't' }));
    expect(flow.cancel('t')).to.equal(true);
    const next = flow.call('next');
    expect(await cancelled).to.equal('TRACE_CANCELLED');
    expect(await next).to.equal('next');
    expect(started).to.deep.equal(['next']);
    expect(shortForm(events)).not.to.include('Fallible:node_trace_cancelled');
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R13 a message whose deadline passes before its microtask is skipped', async () => {
    const { flow, started } = await noteFailure();
    const late = codeOf(flow.call('late', { timeoutS: 1 }));
    const now = bench.clock.monotonic();
    // At once: `advance` would let the microtask run first.
    bench.clock.monotonic = () => now + 2_000;
    expect(await late).to.equal('DEADLINE_EXCEEDED');
    expect(started).to.deep.equal([]);
  });

  it('R8 a stop counts a message that waits for its microtask, and a drain lets it finish', async () => {
    const halted = await noteFailure();
    const dropped = codeOf(halted.flow.call('dropped'));
    expect(await halted.flow.stop()).to.include({ dropped: 1 });
    expect(await dropped).to.equal('FLOW_STOPPED');

    const { flow } = await noteFailure();
    const drained = flow.call('drained');
    expect(await flow.stop({ drainS: 1 })).to.include({ drained: true, dropped: 0 });
    expect(await drained).to.equal('drained');
  });

  it('starts at once with a concurrency above 1, and again after messages that went well', async () => {
    const wide = await noteFailure({ concurrency: 2 });
    void wide.flow.call(1);
    expect(wide.started).to.deep.equal([1]);

    const { flow, started } = await noteFailure();
    for (let n = 0; n < 100; n++) await flow.call(n);
    void flow.call('at once');
    expect(started.at(-1)).to.equal('at once');
    await settle();
  });
});
