import { expect } from 'chai';
import {
  FLOW_EVENT_TYPES,
  FLOW_LOG,
  FlowEvent,
  Middleware,
  OnFlowEvent,
  type FlowEventType,
  type FlowListener,
} from '#src/index.js';
import { never } from '../support/deferred.js';
import { MemoryLog } from '../support/memory-log.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { failing, held, line, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('events of a flow', () => {
  const bench = useFlows();

  it('R20 a node event says where it happened, for whom, and how full its queues are', async () => {
    const next = held('B');
    const flow = await bench.run(line(pass('A'), next.node), { queueMaxsize: 8 });
    const events = record(flow);
    await flow.emit(1);
    await flow.emit(2, { traceId: 't', tenant: 'acme' });
    await flow.emit(3);
    const start = events.find(
      ({ nodeName, eventType, traceId }) => `${nodeName} ${eventType} ${traceId}` === 'A node_start t',
    );
    expect(start)
      .to.be.instanceOf(FlowEvent)
      .and.include({
        ts: bench.clock.now() / 1000,
        flowName: flow.name,
        nodeId: `${flow.name}.A`,
        tenant: 'acme',
        attempt: 0,
        latencyMs: 0,
        queueDepthIn: 0,
        queueDepthOut: 0,
        outgoingEdges: 1,
        queueMaxsize: 8,
        tracePending: 1,
        traceInflight: 1,
        traceCancelled: false,
      });
    const last = events.at(-1);
    expect(last).to.include({ nodeName: 'A', eventType: 'node_success', queueDepthOut: 1 });
  });

  it('R20 latency_ms is 0 on start', async () => {
    const flow = await bench.run(line(pass('A')));
    const events = record(flow);
    await flow.emit(1);
    expect(events[0]?.toPayload()).to.include({ event: 'node_start', latency_ms: 0 });
  });

  describe('R21 a bad listener', () => {
    const listeners: ReadonlyArray<readonly [how: string, listener: FlowListener, failures: boolean]> = [
      [
        'throws',
        () => {
          throw new Error('middleware');
        },
        true,
      ],
      ['rejects', () => Promise.reject(new Error('middleware')), true],
      ['never resolves', () => never(), false],
      [
        'is slow',
        async () => {
          for (let turn = 0; turn < 5; turn++) await settle();
        },
        false,
      ],
    ];
    for (const [how, listener, fails] of listeners) {
      it(`R21 that ${how} never fails, delays or reorders the flow`, async () => {
        const flow = await bench.run(line(pass('A'), pass('B')));
        flow.on('*', listener);
        const events = record(flow);
        const results = await Promise.all([1, 2, 3].map((n) => flow.call(n)));
        expect(results).to.deep.equal([1, 2, 3]);
        expect(events).to.have.length(12);
        expect(shortForm(events.filter(({ traceId }) => traceId === events[0]?.traceId))).to.deep.equal([
          'A:node_start',
          'A:node_success',
          'B:node_start',
          'B:node_success',
        ]);
        await settle();
        expect(await flow.stop()).to.include({ drained: true });
        const logged = bench.log.lines.filter(({ message }) => message === 'middleware_error');
        expect(logged).to.have.length(fails ? 1 : 0);
        expect(Object.values(flow.snapshot().listenerFailures)).to.deep.equal(fails ? [18] : []);
      });
    }

    it('R21 its first failure is logged with the event it failed at', async () => {
      const flow = await bench.run(line(pass('A')));
      flow.on('node_success', function broken() {
        throw new TypeError('middleware');
      });
      const traceId = await flow.emit(1);
      expect(bench.log.lines).to.have.length(1);
      const [line1] = bench.log.lines;
      expect(line1).to.include({ level: 'error', message: 'middleware_error' });
      expect(line1?.fields).to.include({ middleware: 'broken', exception: 'TypeError: middleware' });
      expect(line1?.reserved).to.include({ trace_id: traceId, node_name: 'A' });
    });
  });

  it('R21 with no listener for an event type the event is not built', async () => {
    const flow = await bench.run(line(failing('A')));
    let clockReads = 0;
    const { now } = bench.clock;
    bench.clock.now = function counted(this: typeof bench.clock) {
      clockReads++;
      return now.call(this);
    };
    await flow.emit(1);
    const without = clockReads;
    flow.on('node_cancelled', () => {});
    await flow.emit(1);
    // Building one reads the wall clock.
    expect(clockReads - without).to.equal(without);
    flow.on('node_start', () => {});
    await flow.emit(1);
    expect(clockReads - without * 2).to.equal(without + 1);
  });

  it('R21 a listener hears only its type, until it is disposed', async () => {
    const flow = await bench.run(line(pass('A')));
    const heard: string[] = [];
    const subscription = flow.on('node_success', ({ eventType }) => void heard.push(eventType));
    await flow.emit(1);
    subscription.dispose();
    subscription[Symbol.dispose]();
    await flow.emit(1);
    expect(heard).to.deep.equal(['node_success']);
  });

  it('R21 a middleware that is attached while the flow runs hears from then on', async () => {
    @Middleware()
    class Count {
      seen: string[] = [];
      @OnFlowEvent('node_start', 'node_success') on({ eventType }: FlowEvent): void {
        this.seen.push(eventType);
      }
    }
    const flow = await bench.run(line(pass('A')));
    await flow.emit(1);
    const count = new Count();
    const subscription = flow.use(count);
    await flow.emit(1);
    subscription.dispose();
    await flow.emit(1);
    expect(count.seen).to.deep.equal(['node_start', 'node_success']);
  });

  it('R21 on() and use() refuse what cannot listen', async () => {
    const flow = await bench.run(line(pass('A')));
    expect(thrownBy(() => flow.on('node_finish' as FlowEventType, () => {})).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => flow.on('node_start', 1 as never)).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => flow.use({})).code).to.equal('MIDDLEWARE_NOT_DECORATED');
  });

  it('R22 there are these event types, and each of them happens', async () => {
    expect(FLOW_EVENT_TYPES).to.include.members([
      'node_start',
      'node_success',
      'node_error',
      'node_timeout',
      'node_retry',
      'node_failed',
      'node_cancelled',
      'node_trace_cancelled',
      'node_stuck',
      'deadline_skip',
      'trace_cancel_start',
      'trace_cancel_drop',
      'trace_cancel_finish',
      'flow_backpressure',
      'flow_stalled',
    ]);
    const { node: work, calls } = held('A', { maxRetries: 1, timeoutS: 10 });
    const flow = await bench.run(line(work), { queueMaxsize: 2 });
    const events = record(flow);
    await flow.emit('times out, fails');
    await bench.clock.advance(10_500);
    calls[1]?.reject(new Error('no'));
    await settle();
    await flow.emit('is cancelled', { traceId: 't', join: true });
    await flow.emit('is late', { timeoutS: 1 });
    await flow.emit('is interrupted');
    const waiting = flow.emit('waits for room', { traceId: 't', join: true });
    waiting.catch(() => {});
    await bench.clock.advance(1_000);
    const again = flow.emit('waits for room too', { traceId: 't', join: true });
    again.catch(() => {});
    flow.cancel('t');
    calls[2]?.resolve();
    await settle();
    calls[3]?.resolve('done');
    await settle();
    // The code of the first attempt still runs.
    await bench.clock.advance(60_000);
    await flow.emit('is interrupted too');
    void flow.stop({ graceS: 0 });
    await bench.clock.advance(0);
    const missing = new Set<string>(FLOW_EVENT_TYPES);
    for (const { eventType } of events) missing.delete(eventType);
    expect([...missing].filter((type) => /^(node_|deadline_|trace_cancel_)/.test(type))).to.deep.equal([]);
  });

  it('R22 node_cancelled means an attempt that stop() interrupted', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work));
    await flow.emit(1, { traceId: 'a' });
    await flow.emit(2, { traceId: 'b' });
    const events = record(flow);
    const stopping = flow.stop();
    await settle();
    for (const call of calls) call.resolve();
    await stopping;
    expect(events.map(({ eventType, traceId, attempt }) => [eventType, traceId, attempt])).to.deep.equal([
      ['node_cancelled', 'a', 0],
      ['node_cancelled', 'b', 0],
    ]);
  });

  it('R22 a clean stop emits none', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.emit(1);
    const events = record(flow);
    await flow.stop();
    expect(events).to.deep.equal([]);
  });

  describe('R24 a flow with no sink', () => {
    class SilentLog extends MemoryLog {
      override readonly silent = true;
    }
    const silent = () => ({ providers: [{ token: FLOW_LOG, useValue: new SilentLog() }] });

    /** The warnings of a piece of code about flows without a sink. */
    async function warningsOf(body: () => Promise<void>): Promise<string[]> {
      const warnings: string[] = [];
      const keep = (warning: Error & { code?: string }): void => {
        if (warning.code === 'PENGUIFLOW_NO_SINK') warnings.push(warning.message);
      };
      process.on('warning', keep);
      try {
        await body();
        await settle();
      } finally {
        process.off('warning', keep);
      }
      return warnings;
    }

    it('R24 says so once, at run()', async () => {
      const warnings = await warningsOf(async () => {
        for (let n = 0; n < 2; n++) {
          const flow = bench.make(line(pass('A')), { ...silent(), name: 'silent-flow' });
          expect(await warningsOf(async () => {})).to.deep.equal([]);
          await flow.run();
          await flow.call(1);
          await flow.stop();
          await settle();
        }
      });
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('silent-flow').and.to.contain('configureLogging');
    });

    it('R24 with a middleware that says it is silent is without a sink', async () => {
      const muted = { name: 'muted', listener: () => {}, silent: () => true };
      const warnings = await warningsOf(async () => {
        await bench.run(line(pass('A')), { ...silent(), middlewares: [muted] });
      });
      expect(warnings).to.have.length(1);
    });

    it('R24 with a listener, or a log, has one', async () => {
      const warnings = await warningsOf(async () => {
        await bench.run(line(pass('A')));
        const flow = bench.make(line(pass('A')), silent());
        flow.on('node_failed', () => {});
        await flow.run();
      });
      expect(warnings).to.deep.equal([]);
    });
  });

  it('R24 a middleware that is attached twice hears each event once', async () => {
    const heard: string[] = [];
    const identity = {};
    const logger = () => ({
      name: 'logger',
      identity,
      listener: ({ eventType }: FlowEvent) => void heard.push(eventType),
    });
    const flow = await bench.run(line(pass('A')), { middlewares: [logger()] });
    flow.use(logger());
    await flow.emit(1);
    expect(heard).to.deep.equal(['trace_start', 'node_start', 'node_success']);
  });
});
