import { expect } from 'chai';
import type { NodeClass } from '#src/index.js';
import { deferred } from '../support/deferred.js';
import { useFlows, type FlowBench, type TestFlow } from '../support/flows.js';
import { held, line, node, rows } from '../support/nodes.js';
import { failureOf, isPending, settle } from '../support/settling.js';

/** A flow that was brought into a state, and what lets it go on from there. */
interface Staged {
  readonly flow: TestFlow;
  readonly goOn?: () => void | Promise<void>;
}

const stages: Readonly<Record<string, (bench: FlowBench) => Promise<Staged>>> = {
  created: async (bench) => ({ flow: bench.make(line(held('A').node)) }),
  starting: async (bench) => {
    const gate = deferred();
    const flow = bench.make(line(node('A', () => 'x', { onFlowStart: () => gate.promise })));
    flow.run().catch(() => {});
    return { flow, goOn: () => gate.resolve() };
  },
  'running, idle': async (bench) => ({ flow: await bench.run(line(node('A', (payload: unknown) => payload))) }),
  'running, busy': async (bench) => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    for (let n = 0; n < 4; n++) flow.emit(n, { traceId: 't' }).catch(() => {});
    await settle();
    return { flow };
  },
  draining: async (bench) => {
    const flow = await bench.run(line(held('A').node));
    await flow.emit(1, { traceId: 't' });
    void flow.stop({ drainS: 5, graceS: 1 });
    await settle();
    return { flow };
  },
  stopping: async (bench) => {
    const flow = await bench.run(line(held('A').node));
    await flow.emit(1, { traceId: 't' });
    void flow.stop({ graceS: 5 });
    await settle();
    return { flow };
  },
  stopped: async (bench) => {
    const flow = await bench.run(line(held('A').node));
    await flow.stop();
    return { flow };
  },
  'stopped, its start failed': async (bench) => {
    const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => Promise.reject(new Error('no')) })));
    await flow.run().catch(() => {});
    return { flow };
  },
};

/** What each operation gives in each state: the code of the FlowError, or `ok` when it is taken (it may wait then). */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  created: {
    run: 'ok',
    emit: 'NOT_RUNNING',
    tryEmit: 'NOT_RUNNING',
    fetch: 'NOT_RUNNING',
    call: 'NOT_RUNNING',
    cancel: 'NOT_RUNNING',
  },
  starting: {
    run: 'ALREADY_RUNNING',
    emit: 'NOT_RUNNING',
    tryEmit: 'NOT_RUNNING',
    fetch: 'NOT_RUNNING',
    call: 'NOT_RUNNING',
    cancel: 'NOT_RUNNING',
  },
  'running, idle': { run: 'ALREADY_RUNNING', emit: 'ok', tryEmit: 'ok', fetch: 'ok', call: 'ok', cancel: 'ok' },
  'running, busy': { run: 'ALREADY_RUNNING', emit: 'ok', tryEmit: 'ok', fetch: 'ok', call: 'ok', cancel: 'ok' },
  draining: {
    run: 'FLOW_STOPPED',
    emit: 'FLOW_STOPPED',
    tryEmit: 'FLOW_STOPPED',
    fetch: 'ok',
    call: 'FLOW_STOPPED',
    cancel: 'ok',
  },
};
const stopped = Object.fromEntries(
  ['run', 'emit', 'tryEmit', 'fetch', 'call', 'cancel'].map((what) => [what, 'FLOW_STOPPED']),
);

const operations: Readonly<Record<string, (flow: TestFlow) => unknown>> = {
  run: (flow) => flow.run(),
  emit: (flow) => flow.emit(1),
  tryEmit: (flow) => flow.tryEmit(1),
  fetch: (flow) => flow.fetch(),
  call: (flow) => flow.call(1),
  cancel: (flow) => flow.cancel('t'),
};

describe('the handle in each state', () => {
  const bench = useFlows();

  for (const [state, stage] of Object.entries(stages)) {
    for (const [what, operate] of Object.entries(operations)) {
      const outcome = (expected[state] ?? stopped)[what];
      it(`R7 ${what} while ${state}: ${outcome === 'ok' ? 'is taken' : outcome}`, async () => {
        const { flow, goOn } = await stage(bench);
        let got = 'ok';
        let promise: Promise<unknown> | undefined;
        try {
          const given = operate(flow);
          if (given instanceof Promise) promise = given;
        } catch (error) {
          got = (error as { code: string }).code;
        }
        promise?.catch((error: unknown) => {
          got = (error as { code: string }).code;
        });
        await settle();
        expect(got).to.equal(outcome);
        await goOn?.();
        const stopping = flow.stop({ graceS: 0 });
        await bench.clock.advance(20_000);
        await stopping;
        expect(await isPending(Promise.allSettled([promise]))).to.equal(false);
      });
    }

    it(`R8 stop() while ${state} resolves, twice, and leaves nothing behind`, async () => {
      const { flow, goOn } = await stage(bench);
      const stops = [flow.stop({ graceS: 0 }), flow.stop()];
      await goOn?.();
      await bench.clock.advance(20_000);
      expect(await isPending(Promise.all(stops))).to.equal(false);
      expect(await stops[0]).to.deep.equal(await stops[1]);
      expect(flow.state).to.equal('stopped');
      expect(flow.snapshot()).to.include({ traces: 0, results: 0, state: 'stopped' });
      expect(bench.clock.pending).to.equal(0);
      expect((await flow.results().next()).done).to.equal(true);
    });
  }

  it('R8 what comes after stop() was called is refused, though it has not begun yet', async () => {
    const flow = await bench.run(line(node('A', (payload: unknown) => payload)));
    const stopping = flow.stop();
    const code = await flow.emit(1).then(
      () => 'ok',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(code).to.equal('FLOW_STOPPED');
    expect(await stopping).to.include({ drained: true, dropped: 0 });
  });

  it('R7 input goes to the ingress nodes that `to` names, by class or by name, and to no other node', async () => {
    const seen: unknown[] = [];
    const [left, right, inner] = ['Left', 'Right', 'Inner'].map((name) =>
      node(name, (payload: unknown) => void seen.push(`${name} ${String(payload)}`)),
    ) as [NodeClass<unknown>, NodeClass<unknown>, NodeClass<unknown>];
    const flow = await bench.run(
      rows([
        [left, [inner]],
        [right, []],
      ]),
    );
    await flow.emit(1, { to: left });
    await flow.emit(2, { to: 'Right' });
    await flow.emit(3, { to: [right, 'Left'] });
    await flow.emit(4);
    expect(seen).to.deep.equal(['Left 1', 'Right 2', 'Right 3', 'Left 3', 'Left 4', 'Right 4']);
    for (const to of [inner, 'Inner', 'Nobody']) {
      const error = await failureOf(flow.emit(5, { to }));
      expect(error.code).to.equal('UNKNOWN_TARGET');
      expect(error.message).to.contain('Left, Right');
    }
  });

  it('R7 emit with `to` puts the message in once per node, whether the node is idle or busy', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    await flow.emit('idle', { to: [work, 'A'] });
    await flow.emit('busy', { to: [work, 'A'] });
    for (let done = 0; done < 2; done++) {
      calls[done]?.resolve();
      await settle();
    }
    expect(calls.map(({ payload }) => payload)).to.deep.equal(['idle', 'busy']);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R7 options that are wrong are refused with their name, whatever the state', async () => {
    const flow = await bench.run(line(node('A', (payload: unknown) => payload)));
    const wrong: ReadonlyArray<readonly [string, object]> = [
      ['traceId', { traceId: '' }],
      ['traceId', { traceId: 1 }],
      ['timeoutS', { timeoutS: 0 }],
      ['timeoutS', { timeoutS: Number.NaN }],
      ['tenant', { tenant: '' }],
      ['tenant', { tenant: 'x'.repeat(1_025) }],
      ['traceId', { traceId: 'x'.repeat(16_385) }],
      ['join', { join: 1 }],
      ['topic', { topic: 7 }],
      ['priority', { priority: Number.NaN }],
      ['meta', { meta: null }],
      ['signal', { signal: {} }],
      ['to', { to: [] }],
      ['timeout', { timeout: 1 }],
    ];
    for (const [name, options] of wrong) {
      const error = await flow.emit(1, options).catch((thrown: unknown) => thrown);
      expect(error, name).to.have.property('code', 'INVALID_OPTION');
      expect((error as Error).message).to.contain(`\`${name}\``);
      expect(await flow.call(1, options).catch((thrown: unknown) => thrown)).to.have.property('code', 'INVALID_OPTION');
    }
    for (const options of [{ timeoutS: -1 }, { traceId: '' }, { signal: {} }, { tenant: 'x' }]) {
      const error = await flow.fetch(options as object).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'INVALID_OPTION');
    }
    expect(flow.snapshot().traces).to.equal(0);
  });
});
