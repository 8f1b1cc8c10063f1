import { expect } from 'chai';
import type { FlowEvent, NodeContext } from '#src/index.js';
import { attemptScope } from '#src/logging/scope/correlation-scope.js';
import { record, useFlows, type BenchOptions, type TestFlow } from '../../support/flows.js';
import { failing, held, line, node, pass, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

function stallsOf(events: readonly FlowEvent[]): readonly FlowEvent[] {
  return events.filter(({ eventType }) => eventType === 'flow_stalled');
}

describe('a flow in which nothing moves', () => {
  const bench = useFlows();

  /** Sends in so many messages, of which some wait for room. */
  function send(flow: { emit(payload: unknown): Promise<unknown> }, count: number): void {
    for (let n = 0; n < count; n++) flow.emit(n).catch(() => {});
  }

  it('R6c says once that nobody takes its results, what waits where, and what to do', async () => {
    const flow = await bench.run(line(pass('A'), pass('B')), { queueMaxsize: 2 });
    const events = record(flow);
    send(flow, 9);
    await bench.clock.advance(9_000);
    expect(stallsOf(events)).to.have.length(0);
    expect(flow.health()).to.include({ stalled: null });
    await bench.clock.advance(3_000);
    await bench.clock.advance(60_000);
    const [event, ...others] = stallsOf(events);
    expect(others).to.deep.equal([]);
    expect(event).to.include({ nodeName: null, nodeId: null, traceId: null, tenant: null, latencyMs: null });
    expect(event?.toPayload()).to.not.have.any.keys('trace_id', 'tenant', 'trace_pending');
    const { stalled_s: stalledS, hint, ...facts } = event?.extra ?? {};
    expect(stalledS).to.be.within(10, 11);
    expect(hint).to.match(/^Nobody takes the results: fetch\(\) them, /);
    expect(facts).to.deep.equal({
      full_at: ['A', 'B', 'Rookery'],
      waiting_nodes: ['A', 'B'],
      waiting_emits: 1,
      calling_nodes: [],
      untaken_results: 3,
      unread_streams: [],
    });
    expect(Object.isFrozen(event?.extra['full_at'])).to.equal(true);
  });

  it('R6c is not ready, and says in health() what the event said', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    send(flow, 4);
    await bench.clock.advance(30_000);
    const { ready, stalled } = flow.health();
    expect([ready, stalled?.stalledS]).to.deep.equal([false, 29]);
    expect(stalled).to.deep.include({ fullAt: ['A', 'Rookery'], waitingNodes: ['A'], waitingEmits: 1 });
    expect(stalled).to.deep.include({ untakenResults: 2, unreadStreams: [] });
    expect(JSON.parse(JSON.stringify(stalled))).to.deep.equal(stalled);
  });

  it('R6c has moved on as soon as something is taken, and may stall again', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1, stallS: 5 });
    const events = record(flow);
    send(flow, 6);
    await bench.clock.advance(8_000);
    expect(flow.health().stalled).not.to.equal(null);
    await flow.fetch();
    expect(flow.health().stalled).to.equal(null);
    await bench.clock.advance(5_000);
    expect(stallsOf(events)).to.have.length(1);
    await bench.clock.advance(3_000);
    expect(stallsOf(events)).to.have.length(2);
    for (let n = 0; n < 5; n++) await flow.fetch();
    expect(flow.health()).to.include({ ready: true, stalled: null });
  });

  it('R6c names a stream that nobody reads', async () => {
    const sends = node('Sends', async (_, ctx) => {
      for (let n = 0; n < 9; n++) await ctx.emitChunk('piece');
      return 'end';
    });
    const flow = await bench.run(line(sends), { queueMaxsize: 2 });
    const events = record(flow);
    const stream = flow.stream(1, { traceId: 'unread' });
    await bench.clock.advance(12_000);
    const [event] = stallsOf(events);
    expect(event?.extra).to.deep.include({
      full_at: ['Rookery'],
      waiting_nodes: ['Sends'],
      untaken_results: 0,
      unread_streams: ['unread'],
      hint: 'Nobody reads the stream of trace unread: read it to its end, or leave its loop.',
    });
    expect(flow.health().ready).to.equal(false);
    await stream.return();
    expect(flow.health().ready).to.equal(true);
  });

  it('R6c is not stalled while a reader takes a piece now and then', async () => {
    const sends = node('Sends', async function* () {
      for (let n = 0; n < 99; n++) yield n;
    });
    const flow = await bench.run(line(sends), { queueMaxsize: 2 });
    const events = record(flow);
    const stream = flow.stream(1);
    for (let n = 0; n < 10; n++) {
      await bench.clock.advance(8_000);
      await stream.next();
    }
    expect(stallsOf(events)).to.have.length(0);
  });

  it('R6c is not stalled while anything runs that does not wait for room', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(pass('A'), slow.node), { queueMaxsize: 1 });
    const events = record(flow);
    send(flow, 6);
    await bench.clock.advance(60_000);
    expect(flow.health().ready).to.equal(false); // the ingress is full
    expect([stallsOf(events), flow.health().stalled]).to.deep.equal([[], null]);
  });

  it('R6c is not stalled while a retry or a rate has yet to come', async () => {
    const retries = failing('Retries', { maxRetries: 1, backoffBaseS: 300 });
    const slow = pass('Slow', { maxPerS: 0.01 });
    for (const one of [retries, slow]) {
      const flow = await bench.run(line(one), { queueMaxsize: 1 });
      const events = record(flow);
      send(flow, 6);
      await bench.clock.advance(60_000);
      expect(stallsOf(events)).to.have.length(0);
    }
  });

  it('R6c attempts that come and go between two looks are movement', async () => {
    const fed = pass('Fed');
    const stuck = node('Stuck', (payload: unknown, ctx) => ctx.emit(payload));
    const graph = rows([
      [fed, []],
      [stuck, []],
    ]);
    const flow = await bench.run(graph, { queueMaxsize: 1, stallS: 3 });
    const events = record(flow);
    // Fills the egress, and goes on with calls, which need no room there.
    for (let n = 0; n < 6; n++) flow.emit(n, { to: 'Stuck' }).catch(() => {});
    for (let second = 0; second < 20; second++) {
      await flow.call(1, { to: 'Fed' });
      await bench.clock.advance(1_000);
    }
    expect(stallsOf(events)).to.have.length(0);
    await bench.clock.advance(5_000);
    expect(stallsOf(events)).to.have.length(1);
  });

  it('R6c attempts that begin are movement, too, though they wait for room at once', async () => {
    const sends = node('Sends', (payload: unknown, ctx) => ctx.emit(payload), { concurrency: 99 });
    const flow = await bench.run(line(sends), { queueMaxsize: 1, stallS: 3 });
    const events = record(flow);
    for (let second = 0; second < 20; second++) {
      send(flow, 1);
      await bench.clock.advance(1_000);
    }
    expect(stallsOf(events)).to.have.length(0);
  });

  it('R6c sees emits that wait in line inside a node, and on an ordered one', async () => {
    const twice = node(
      'Twice',
      async (payload: unknown, ctx) => {
        await ctx.emit(payload);
        await ctx.emit(payload);
      },
      { concurrency: 3, ordered: true },
    );
    const flow = await bench.run(line(twice), { queueMaxsize: 1 });
    const events = record(flow);
    send(flow, 3);
    await bench.clock.advance(12_000);
    expect(stallsOf(events)[0]?.extra).to.deep.include({ waiting_nodes: ['Twice'], untaken_results: 2 });
  });

  it('R6c says nothing with a stallS of 0, nor while nothing waits for room', async () => {
    const off = await bench.run(line(pass('A')), { queueMaxsize: 1, stallS: 0 });
    const roomy = await bench.run(line(pass('A')));
    const [events, others] = [record(off), record(roomy)];
    send(off, 5);
    send(roomy, 5);
    await bench.clock.advance(60_000);
    expect([...stallsOf(events), ...stallsOf(others)]).to.deep.equal([]);
    expect([off.health().stalled, roomy.health().ready]).to.deep.equal([null, true]);
  });

  it('R6c is over when the flow stops', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    send(flow, 5);
    await bench.clock.advance(20_000);
    const stopped = flow.stop();
    await settle();
    await stopped;
    expect(flow.health()).to.include({ state: 'stopped', stalled: null });
  });

  describe('because a node waits for its own flow', () => {
    /** A flow whose node does something with the handle of the flow. */
    async function run(
      ask: (flow: TestFlow, payload: unknown, ctx: NodeContext) => unknown,
      options: BenchOptions = {},
    ) {
      const asking = node('Asking', (payload: unknown, ctx: NodeContext) => ask(flow, payload, ctx));
      const flow: TestFlow = await bench.run(line(asking), options);
      return { flow, events: record(flow) };
    }

    for (const [what, ask] of [
      ['calls', (flow: TestFlow) => flow.call(1)],
      ['calls with options', (flow: TestFlow) => flow.call(1, { traceId: 't' })],
      ['fetches', (flow: TestFlow) => flow.fetch()],
      ['fetches by trace id', (flow: TestFlow) => flow.fetch({ traceId: 'nobody' })],
    ] as const) {
      it(`R6c names the node that ${what}, and says what to do`, async () => {
        const { flow, events } = await run((handle, payload) => (payload === 0 ? ask(handle) : payload));
        flow.call(0).catch(() => {});
        await bench.clock.advance(13_000);
        const [event] = stallsOf(events);
        expect(event?.extra).to.deep.include({ calling_nodes: ['Asking'], full_at: [], untaken_results: 0 });
        expect(event?.extra['hint']).to.match(/^"Asking" calls the handle of its own flow, .*ctx\.call\(\)/);
        expect(flow.health()).to.deep.include({ ready: false, stuck: [] });
      });
    }

    it('R6c names the node that emits without room', async () => {
      const { flow, events } = await run(
        async (handle, payload) => {
          if (payload === 0) await Promise.all([1, 2, 3].map((n) => handle.emit(n)));
        },
        { queueMaxsize: 1 },
      );
      await flow.emit(0);
      await bench.clock.advance(13_000);
      expect(stallsOf(events)[0]?.extra).to.deep.include({ calling_nodes: ['Asking'], full_at: ['Asking'] });
    });

    it('R6c has moved on when the answer comes', async () => {
      const other = held('Other');
      const asking = node('Asking', (payload: unknown): unknown =>
        payload === 0 ? flow.call(1, { to: other.node }) : payload,
      );
      const flow: TestFlow = await bench.run(
        rows([
          [asking, []],
          [other.node, []],
        ]),
      );
      const call = flow.call(0, { to: asking });
      await bench.clock.advance(20_000);
      // The other node works on it: that is no stall.
      expect(flow.health()).to.deep.include({ ready: true, stalled: null });
      other.calls[0]?.resolve('done');
      expect(await call).to.equal('done');
      expect(flow.health()).to.deep.include({ ready: true, stalled: null });
    });

    it('R6c a call that nobody can tell the caller of shows as an attempt that is stuck', async () => {
      let answer: (given: unknown) => void = () => {};
      const { flow, events } = await run((_, payload) =>
        payload === 0
          ? new Promise((resolve) => {
              answer = resolve;
            })
          : payload,
      );
      flow.call(0).catch(() => {});
      answer(flow.call(1));
      await bench.clock.advance(62_000);
      expect(stallsOf(events)).to.deep.equal([]);
      expect(flow.health()).to.deep.include({ ready: true, stuck: ['Asking'] });
    });

    it('R6c where an async context is on, also after its first await', async () => {
      attemptScope.hold();
      const { flow, events } = await run(async (handle, payload) => {
        await Promise.resolve();
        return payload === 0 ? handle.call(1) : payload;
      });
      flow.call(0).catch(() => {});
      await bench.clock.advance(13_000);
      expect(stallsOf(events)[0]?.extra).to.deep.include({ calling_nodes: ['Asking'] });
    });

    it('R6c a call from outside while a node runs is no stall', async () => {
      const { node: work, calls } = held('Work');
      const flow = await bench.run(line(work));
      const events = record(flow);
      const answers = [flow.call(1), flow.call(2)];
      await bench.clock.advance(30_000);
      expect(stallsOf(events)).to.deep.equal([]);
      for (const answer of answers) answer.catch(() => {});
      expect(calls).to.have.length(1);
    });
  });
});
