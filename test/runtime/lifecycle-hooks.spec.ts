import { expect } from 'chai';
import { Middleware, OnFlowEvent } from '#src/index.js';
import { deferred, never } from '../support/deferred.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { held, line, node, pass, rows, type Hooks } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('lifecycle hooks', () => {
  const bench = useFlows();

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

  describe('with startTimeoutS', () => {
    const slow = (name: string, takesS: number): Hooks => ({
      ...hooks(name),
      onFlowStart: async () => {
        await new Promise<void>((resolve) => {
          bench.clock.setTimer(resolve, takesS * 1_000);
        });
        order.push(`start ${name}`);
      },
    });
    const hanging = (name: string): Hooks => ({ ...hooks(name), onFlowStart: () => never() });

    it('R9 a hook that hangs fails the start, is named with its time and the fix, and what had started is stopped', async () => {
      const flow = bench.make(
        line(
          node('Never', () => 1, hooks('Never')),
          node('Hanging', () => 1, hanging('Hanging')),
          node('Last', () => 1, slow('Last', 2)),
        ),
        { middlewares: [Spy] },
      );
      const reading = flow.results().next();
      const started = failureOf(flow.run({ startTimeoutS: 5 }));
      while (order.length === 0) await settle();
      await bench.clock.advance(4_999);
      expect(await isPending(started)).to.equal(true);
      await bench.clock.advance(1);
      expect(await isPending(started)).to.equal(false);
      const error = await started;
      expect(error).to.include({ code: 'START_FAILED', nodeName: 'Hanging', exceptionType: 'TimeoutError' });
      expect(error.message).to.equal(
        `Flow "${flow.name}" did not start within 5 s: onFlowStart() of "Hanging" had run for 3.00 s`,
      );
      expect(error.hint).to.contain('"Hanging"').and.to.contain('run({ startTimeoutS })');
      expect(error.metadata).to.deep.equal({ start_timeout_s: 5 });
      expect(order).to.deep.equal(['start Spy', 'start Last', 'stop Last', 'stop Spy']);
      expect(flow.state).to.equal('stopped');
      expect((await reading).done).to.equal(true);
      expect(await flow.stop()).to.deep.equal({
        drained: false,
        dropped: 0,
        stuckNodes: ['Hanging'],
        unflushed: [],
      });
    });

    it('R9 the hooks have the time together', async () => {
      const flow = bench.make(
        line(
          node('Third', () => 1, slow('Third', 2)),
          node('Second', () => 1, slow('Second', 2)),
          node('First', () => 1, slow('First', 2)),
        ),
      );
      const started = failureOf(flow.run({ startTimeoutS: 5 }));
      await bench.clock.advance(5_000);
      expect(await started).to.include({ code: 'START_FAILED', nodeName: 'Third' });
      expect(order).to.deep.equal(['start First', 'start Second', 'stop Second', 'stop First']);
    });

    it('R9 a hook that blocks until the time is over fails the start, and is stopped, because it did start', async () => {
      const { clock } = bench;
      const start = clock.monotonic();
      let now = start;
      clock.monotonic = () => now;
      const blocking: Hooks = {
        ...hooks('Blocking'),
        onFlowStart: () => {
          now = start + 6_000;
        },
      };
      const flow = bench.make(
        line(
          node('Never', () => 1, hooks('Never')),
          node('Blocking', () => 1, blocking),
        ),
      );
      const error = await failureOf(flow.run({ startTimeoutS: 5 }));
      expect(error).to.include({ code: 'START_FAILED', nodeName: 'Blocking' });
      expect(error.message).to.contain('had run for 6.00 s');
      expect(order).to.deep.equal(['stop Blocking']);
      expect(await flow.stop()).to.include({ drained: true });
    });

    it('R9 a start in time is a start, and nothing of the limit is left', async () => {
      const flow = bench.make(line(node('A', () => 1, slow('A', 4.9))));
      const started = flow.run({ startTimeoutS: 5 });
      await bench.clock.advance(4_900);
      await started;
      await bench.clock.advance(10_000);
      expect([flow.state, await flow.call(1)]).to.deep.equal(['running', 1]);
    });

    it('R9 a hook that fails after the time is over brings nothing down', async () => {
      const gate = deferred();
      const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => gate.promise })));
      const started = codeOf(flow.run({ startTimeoutS: 1 }));
      await bench.clock.advance(1_000);
      expect(await started).to.equal('START_FAILED');
      gate.reject(new Error('late'));
      await settle();
    });

    it('R9 without it a start may take as long as it likes', async () => {
      const flow = bench.make(line(node('A', () => 1, slow('A', 86_400))));
      const started = flow.run({});
      await bench.clock.advance(86_400_000);
      await started;
      expect(flow.state).to.equal('running');
    });

    it('R9 is checked before anything starts', async () => {
      for (const startTimeoutS of [0, -1, Number.NaN, '5' as never]) {
        const flow = bench.make(line(node('A', () => 1, hooks('A'))));
        const error = await failureOf(flow.run({ startTimeoutS }));
        expect(error.code).to.equal('INVALID_OPTION');
        expect(error.message).to.contain(`\`startTimeoutS\` of run() of flow "${flow.name}" to be > 0`);
        expect(flow.state).to.equal('created');
      }
      const flow = bench.make(line(node('A', () => 1, hooks('A'))));
      expect((await failureOf(flow.run({ timeoutS: 5 } as never))).code).to.equal('INVALID_OPTION');
      expect(order).to.deep.equal([]);
    });
  });

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
    expect(await stopping).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['A'], unflushed: [] });
    expect(order).to.include('stop B');
  });
});
