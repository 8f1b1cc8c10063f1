import { expect } from 'chai';
import { FlowError, Middleware, OnFlowEvent } from '#src/index.js';
import { deferred, never } from '../support/deferred.js';
import { record, shortForm, useFlows, type TestFlow } from '../support/flows.js';
import { held, line, node, pass, rows, type Hooks } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('running and stopping', () => {
  const bench = useFlows();

  describe('R7 before run()', () => {
    const uses: ReadonlyArray<readonly [what: string, use: (flow: TestFlow) => unknown]> = [
      ['emit', (flow) => flow.emit(1)],
      ['tryEmit', (flow) => flow.tryEmit(1)],
      ['fetch', (flow) => flow.fetch()],
      ['fetchMessage', (flow) => flow.fetchMessage()],
      ['call', (flow) => flow.call(1)],
      ['cancel', (flow) => flow.cancel('t')],
    ];
    for (const [what, use] of uses) {
      it(`R7 ${what} fails and says what to do`, async () => {
        const flow = bench.make(line(pass('A')));
        const error = await failureOf(Promise.resolve().then(() => use(flow)));
        expect(error.code).to.equal('NOT_RUNNING');
        expect(error.message).to.contain(`${what === 'fetchMessage' ? 'fetch' : what}()`);
        expect(error.hint).to.contain('run()');
      });
    }

    it('R7 emit and fetch reject and never throw', () => {
      const flow = bench.make(line(pass('A')));
      for (const promise of [flow.emit(1), flow.fetch(), flow.call(1)]) {
        promise.catch(() => {});
        expect(promise).to.be.instanceOf(Promise);
      }
      expect(thrownBy(() => flow.cancel('t')).code).to.equal('NOT_RUNNING');
    });
  });

  it('R7 run() twice fails and says what to do, and the flow goes on', async () => {
    const flow = await bench.run(line(pass('A')));
    const error = await failureOf(flow.run());
    expect(error.code).to.equal('ALREADY_RUNNING');
    expect(error.hint).to.contain('once');
    expect(await flow.call(1)).to.equal(1);
  });

  it('R7 run() while it starts fails too', async () => {
    const gate = deferred();
    const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => gate.promise })));
    const started = flow.run();
    expect(await codeOf(flow.run())).to.equal('ALREADY_RUNNING');
    const early = await failureOf(flow.emit(1));
    expect(early).to.include({ code: 'NOT_RUNNING' });
    expect(early.message).to.contain('before run() has finished');
    gate.resolve();
    await started;
    expect(flow.state).to.equal('running');
  });

  it('R7 run() after stop() fails and says to make a new flow', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.stop();
    const error = await failureOf(flow.run());
    expect(error.code).to.equal('FLOW_STOPPED');
    expect(error.hint).to.contain('createFlow');
  });

  describe('R8 stop()', () => {
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
      expect(await stopping).to.deep.equal({ drained: false, dropped: 1, stuckNodes: [] });
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
      expect(await stopping).to.deep.equal({ drained: false, dropped: 1, stuckNodes: ['Deaf'] });
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
      expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [] });
      expect(bench.clock.pending).to.equal(0);
    });

    it('R8 counts what was queued, in flight, waiting for room, between attempts and not fetched', async () => {
      const failing = node(
        'Failing',
        () => {
          throw new Error('no');
        },
        { maxRetries: 1 },
      );
      const [first, second] = [held('First'), held('Second')];
      const flow = await bench.run(
        rows([
          [first.node, [second.node]],
          [second.node, []],
          [failing, []],
        ]),
        { queueMaxsize: 1 },
      );
      await flow.emit('backoff', { to: failing });
      await flow.emit('queued behind it', { to: failing });
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
      expect(await stopping).to.deep.equal({ drained: false, dropped: 7, stuckNodes: ['Second'] });
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
      expect(await stopping).to.deep.equal({ drained: false, dropped: 5, stuckNodes: ['Next'] });
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
      expect(await stopping).to.deep.equal({ drained: false, dropped: 2, stuckNodes: ['Work'] });
    });

    it('R8 rejects every promise that waits', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
      const codes = Promise.all([
        codeOf(flow.call('runs', { traceId: 'a' })),
        codeOf(flow.call('queued')),
        codeOf(flow.call('waits for room')),
        codeOf(flow.call('waits for its turn', { traceId: 'a' })),
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
  });

  describe('R8 stop({ drainS })', () => {
    it('R8 first lets queued and in-flight work finish', async () => {
      const { node: work, calls } = held('A');
      const done: unknown[] = [];
      const flow = await bench.run(
        line(
          work,
          node('B', (payload: unknown) => void done.push(payload)),
        ),
      );
      for (const n of [1, 2, 3]) await flow.emit(n);
      const stopping = flow.stop({ drainS: 10 });
      await settle();
      expect(flow.state).to.equal('draining');
      for (let n = 0; n < 3; n++) {
        calls[n]?.resolve(n);
        await settle();
      }
      expect(await stopping).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [] });
      expect(done).to.deep.equal([0, 1, 2]);
      expect(bench.clock.pending).to.equal(0);
    });

    const ends: ReadonlyArray<readonly [what: string, end: (flow: TestFlow) => unknown]> = [
      ['is cancelled', (flow) => flow.cancel('last')],
      ['is too late', () => bench.clock.advance(5_000)],
    ];
    for (const [what, end] of ends) {
      it(`R8 has drained once the last message that waits ${what}`, async () => {
        const flow = await bench.run(line(pass('A', { maxPerS: 0.01 })));
        await flow.call('first');
        const last = codeOf(flow.call('last', { traceId: 'last', timeoutS: 5 }));
        const stopping = flow.stop({ drainS: 20 });
        expect(await isPending(stopping)).to.equal(true);
        await end(flow);
        await last;
        expect(await isPending(stopping)).to.equal(false);
      });
    }

    it('R8 has drained once what a node emitted has found room among the results', async () => {
      const work = node('A', (_, ctx) => {
        for (const piece of [1, 2]) void ctx.emit(piece);
      });
      const flow = await bench.run(line(work), { queueMaxsize: 1 });
      await flow.emit('go');
      const stopping = flow.stop({ drainS: 20 });
      expect(await isPending(stopping)).to.equal(true);
      expect(await flow.fetch()).to.equal(1);
      expect(await isPending(stopping)).to.equal(false);
      expect(await stopping).to.include({ dropped: 1 });
    });

    it('R8 refuses new input while it drains, and hands out results', async () => {
      const { node: work, calls } = held('A');
      const flow = await bench.run(line(work));
      const traceId = await flow.emit(1);
      const stopping = flow.stop({ drainS: 10 });
      await settle();
      expect(await codeOf(flow.emit(2))).to.equal('FLOW_STOPPED');
      expect(await codeOf(flow.call(2))).to.equal('FLOW_STOPPED');
      expect(thrownBy(() => flow.tryEmit(2)).code).to.equal('FLOW_STOPPED');
      const fetched = flow.fetch({ traceId });
      calls[0]?.resolve('done');
      expect(await fetched).to.equal('done');
      expect(await stopping).to.include({ drained: true });
    });

    it('R8 lets messages that wait for room finish too', async () => {
      const { node: work, calls } = held('A');
      const flow = await bench.run(line(work), { queueMaxsize: 1 });
      const results = ['a', 'b', 'c', 'd'].map((payload) => flow.call(payload));
      const stopping = flow.stop({ drainS: 10 });
      for (let n = 0; n < 4; n++) {
        await settle();
        calls[n]?.resolve(n);
      }
      expect(await Promise.all(results)).to.deep.equal([0, 1, 2, 3]);
      expect(await stopping).to.include({ drained: true });
    });

    it('R8 lets a retry happen', async () => {
      let runs = 0;
      const flow = await bench.run(
        line(
          node(
            'A',
            () => {
              if (++runs === 1) throw new Error('no');
            },
            { maxRetries: 1 },
          ),
        ),
      );
      await flow.emit(1);
      const stopping = flow.stop({ drainS: 10 });
      await bench.clock.advance(500);
      expect(await stopping).to.include({ drained: true });
      expect(runs).to.equal(2);
    });

    it('R8 interrupts and counts what is left when its time is up', async () => {
      const { node: work, calls } = held('A');
      const flow = await bench.run(line(work));
      await flow.emit(1);
      await flow.emit(2);
      const stopping = flow.stop({ drainS: 10, graceS: 1 });
      await bench.clock.advance(9_999);
      expect(flow.state).to.equal('draining');
      await bench.clock.advance(1);
      expect(calls[0]?.ctx.signal.aborted).to.equal(true);
      calls[0]?.resolve();
      expect(await stopping).to.deep.equal({ drained: false, dropped: 2, stuckNodes: [] });
    });

    it('R8 ends early when the rest of the work is cancelled', async () => {
      const flow = await bench.run(line(held('A').node));
      for (const traceId of ['a', 'b']) await flow.emit(1, { traceId });
      const stopping = flow.stop({ drainS: 10, graceS: 0 });
      await settle();
      flow.cancel('b');
      flow.cancel('a');
      await bench.clock.advance(1);
      expect(await stopping).to.include({ dropped: 0 });
    });
  });

  describe('R8 in other states', () => {
    it('R8 a flow that never ran stops, and ends who reads its results', async () => {
      const flow = bench.make(line(pass('A')));
      const reading = flow.results().next();
      expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [] });
      expect(await isPending(reading)).to.equal(false);
      expect((await reading).done).to.equal(true);
      expect(await codeOf(flow.run())).to.equal('FLOW_STOPPED');
    });

    it('R8 a flow whose start failed is stopped, and ends who reads its results', async () => {
      const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => Promise.reject(new Error('no')) })));
      const reading = flow.results().next();
      expect(await codeOf(flow.run())).to.equal('START_FAILED');
      expect(flow.state).to.equal('stopped');
      expect(await isPending(reading)).to.equal(false);
      expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [] });
      expect(await codeOf(flow.emit(1))).to.equal('FLOW_STOPPED');
      expect(await codeOf(flow.run())).to.equal('FLOW_STOPPED');
    });

    it('R8 while it starts it stops once the start is over', async () => {
      const gate = deferred();
      const order: string[] = [];
      const flow = bench.make(
        line(node('A', () => 1, { onFlowStart: () => gate.promise, onFlowStop: () => void order.push('stop hook') })),
      );
      const started = flow.run().then(() => order.push('started'));
      const stopping = flow.stop().then(() => order.push('stopped'));
      await settle();
      expect(order).to.deep.equal([]);
      gate.resolve();
      await Promise.all([started, stopping]);
      expect(order).to.deep.equal(['started', 'stop hook', 'stopped']);
      expect(flow.state).to.equal('stopped');
    });

    it('R8 does not wait for a start hook that hangs beyond the grace period, and names it', async () => {
      const order: string[] = [];
      const [first, hanging] = [
        node('First', () => 1, { onFlowStart: () => void order.push('start First') }),
        node('Hanging', () => 1, {
          onFlowStart: () => never(),
          onFlowStop: () => void order.push('stop Hanging'),
        }),
      ];
      const flow = bench.make(line(first, hanging));
      const started = codeOf(flow.run());
      const stopping = flow.stop({ graceS: 2 });
      await bench.clock.advance(1_999);
      expect(await isPending(stopping)).to.equal(true);
      await bench.clock.advance(1);
      expect(await stopping).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['Hanging'] });
      expect(await started).to.equal('START_FAILED');
      expect([order, flow.state]).to.deep.equal([[], 'stopped']);
    });

    it('R8 called by a start hook and awaited there, it ends the start and starts nothing more', async () => {
      const order: string[] = [];
      const flow = bench.make(
        line(
          node('First', () => 1, { onFlowStart: () => void order.push('start First') }),
          node('Last', () => 1, { onFlowStart: async () => void (await flow.stop({ graceS: 1 })) }),
        ),
      );
      const started = codeOf(flow.run());
      await bench.clock.advance(1_000);
      expect(await started).to.equal('START_FAILED');
      expect(await flow.stop()).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['Last'] });
      expect(order).to.deep.equal([]);
    });

    it('R8 called by a node and awaited there, it does not wait for that node for ever', async () => {
      const stops: unknown[] = [];
      const flow = await bench.run(
        line(
          node('A', async () => {
            stops.push(await flow.stop({ graceS: 1 }));
          }),
        ),
      );
      const code = codeOf(flow.call(1));
      await bench.clock.advance(1_000);
      expect(await code).to.equal('FLOW_STOPPED');
      expect(stops).to.deep.equal([{ drained: false, dropped: 1, stuckNodes: ['A'] }]);
    });
  });

  describe('R9 lifecycle hooks', () => {
    const order: string[] = [];
    const hooks = (name: string): Hooks => ({
      onFlowStart: () => void order.push(`start ${name}`),
      onFlowStop: () => void order.push(`stop ${name}`),
    });
    @Middleware()
    class Spy {
      @OnFlowEvent('node_start') on(): void {}
      async onFlowStart(): Promise<void> {
        await settle();
        order.push('start Spy');
      }
      async onFlowStop(): Promise<void> {
        await settle();
        order.push('stop Spy');
      }
    }
    const diamond = () => {
      const [top, left, right, bottom] = ['Top', 'Left', 'Right', 'Bottom'].map((name) =>
        node(name, () => 1, hooks(name)),
      ) as [ReturnType<typeof pass>, ReturnType<typeof pass>, ReturnType<typeof pass>, ReturnType<typeof pass>];
      return rows([
        [top, [left, right]],
        [left, [bottom]],
        [right, [bottom]],
      ]);
    };
    beforeEach(() => {
      order.length = 0;
    });

    it('R9 start middlewares, then nodes, downstream before upstream, each after the one before; stop in reverse', async () => {
      const flow = await bench.run(diamond(), { middlewares: [Spy] });
      const started = ['Spy', 'Bottom', 'Right', 'Left', 'Top'];
      expect(order).to.deep.equal(started.map((name) => `start ${name}`));
      order.length = 0;
      await flow.stop();
      expect(order).to.deep.equal(started.toReversed().map((name) => `stop ${name}`));
    });

    it('R9 stop hooks run after the code of the nodes has returned', async () => {
      const { node: work, calls } = held('A', hooks('A') as object);
      const flow = await bench.run(line(work));
      await flow.emit(1);
      const stopping = flow.stop();
      await settle();
      expect(order).to.deep.equal(['start A']);
      calls[0]?.resolve();
      await stopping;
      expect(order).to.deep.equal(['start A', 'stop A']);
    });

    for (const how of ['throws', 'rejects']) {
      it(`R9 a start that ${how} stops what had started and rejects run()`, async () => {
        const cause = new TypeError('no');
        const failing = node('Failing', () => 1, {
          ...hooks('Failing'),
          onFlowStart: () => {
            if (how === 'throws') throw cause;
            return Promise.reject(cause);
          },
        });
        const flow = bench.make(
          line(
            node('Never', () => 1, hooks('Never')),
            failing,
            node('Last', () => 1, hooks('Last')),
          ),
          {
            middlewares: [Spy],
          },
        );
        const error = await failureOf(flow.run());
        expect(error.code).to.equal('START_FAILED');
        expect(error.nodeName).to.equal('Failing');
        expect(error.cause).to.equal(cause);
        expect(error.message).to.contain('onFlowStart').and.to.contain('Failing').and.to.contain('TypeError: no');
        expect(order).to.deep.equal(['start Spy', 'start Last', 'stop Last', 'stop Spy']);
      });
    }

    it('R9 a stop hook that fails is logged and keeps nobody else from stopping', async () => {
      const flow = await bench.run(
        line(
          node('A', () => 1, hooks('A')),
          node('B', () => 1, { onFlowStop: () => Promise.reject(new Error('stuck')) }),
          node('C', () => 1, hooks('C')),
        ),
      );
      expect(await flow.stop()).to.include({ drained: true });
      expect(order.slice(2)).to.deep.equal(['stop A', 'stop C']);
      expect(
        bench.log.lines.map(({ level, message, reserved }) => [level, message, reserved['node_name']]),
      ).to.deep.equal([['error', 'flow_stop_hook_failed', 'B']]);
    });

    it('R9 no message is handled before everything has started', async () => {
      const gate = deferred();
      const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => gate.promise })));
      const events = record(flow);
      const started = flow.run();
      expect(await codeOf(flow.emit(1))).to.equal('NOT_RUNNING');
      gate.resolve();
      await started;
      await flow.call(1);
      expect(shortForm(events)).to.deep.equal(['A:node_start', 'A:node_success']);
    });

    it('R9 hooks keep their `this`', async () => {
      @Middleware()
      class Counter {
        count = 0;
        @OnFlowEvent('node_start') on(): void {}
        onFlowStart(): void {
          this.count++;
        }
        onFlowStop(): void {
          this.count++;
        }
      }
      const counter = new Counter();
      const flow = await bench.run(line(pass('A')), { middlewares: [counter] });
      await flow.stop();
      expect(counter.count).to.equal(2);
    });

    it('R8 a stop hook that never returns does not hold the stop beyond the grace period', async () => {
      const flow = await bench.run(
        line(
          node('A', () => 1, { onFlowStop: () => never() }),
          node('B', () => 1, hooks('B')),
        ),
      );
      const stopping = flow.stop({ graceS: 1 });
      await bench.clock.advance(5_000);
      expect(await isPending(stopping)).to.equal(false);
      expect(await stopping).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['A'] });
      expect(order).to.include('stop B');
    });
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
