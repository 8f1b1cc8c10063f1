import { expect } from 'chai';
import {
  joinFrom,
  Node,
  type NodeClass,
  StreamChunk,
  TRACER,
  type FlowEvent,
  type FlowTracer,
  type TraceStart,
} from '#src/index.js';
import { failing, held, line, node, pass, rows } from '../../support/nodes.js';
import { settle, codeOf } from '../../support/settling.js';
import { useFlows } from '../../support/flows.js';
import { arrival, bring, useParts } from './parts.js';

describe('openPart', () => {
  const parts = useParts();
  const bench = useFlows();
  const adds = (name: string) =>
    node(name, (payload, ctx) => `${String(payload)} ${name}<${ctx.source}:${ctx.idempotencyKey.slice(0, 4)}`);

  it('D1 builds the nodes that run here, and no others', async () => {
    let built = 0;
    @Node()
    class Elsewhere {
      constructor() {
        built++;
      }
      process(payload: unknown): unknown {
        return payload;
      }
    }
    const part = await parts.open(line(pass('A'), Elsewhere, pass('C')), ['A', 'C']);
    expect(built).to.equal(0);
    expect(part.snapshot().nodes.map(({ name }) => name)).to.deep.equal(['A', 'C']);
    expect(part.plan.nodes).to.have.length(3);
  });

  it('D3 hands what leads elsewhere to whoever brought what it came from, and nothing else', async () => {
    const graph = line(pass('A'), pass('B'), pass('C'), pass('D'));
    const part = await parts.open(graph, ['A', 'B', 'D']);
    const first = bring(part, arrival(1, 'A', 'OpenSea'));
    const second = bring(part, arrival(2, 'D', 'C'));
    await settle();
    expect([first.left, first.values, first.ended]).to.deep.equal([['C:1'], [], ['succeeded']]);
    expect([second.left, second.values, second.ended]).to.deep.equal([[], [2], ['succeeded']]);
    expect(part.snapshot()).to.include({ traces: 0, results: 0 });
  });

  it('D3 cuts an edge between two nodes that are here', async () => {
    const part = await parts.open(line(pass('A'), pass('B')), ['A', 'B'], { isCut: ({ to }) => to === 'B' });
    const a = bring(part, arrival(1, 'A', 'OpenSea'));
    const b = bring(part, arrival(1, 'B', 'A'));
    await settle();
    expect([a.left, a.values, b.left, b.values]).to.deep.equal([['B:1'], [], [], [1]]);
  });

  it('D3 leaves routing to the sender: one departure for each node that gets the message', async () => {
    const graph = rows([
      [pass('A'), [pass('B'), pass('C')]],
      [node('Emits', async (_, ctx) => ctx.emit('x', { to: 'E' })), [pass('D'), pass('E')]],
    ]);
    const part = await parts.open(graph, ['A', 'Emits']);
    const all = bring(part, arrival(1, 'A', 'OpenSea'));
    const one = bring(part, arrival(1, 'Emits', 'OpenSea'));
    await settle();
    expect([all.left, one.left]).to.deep.equal([['B:1', 'C:1'], ['E:x']]);
  });

  it('D7 gives the work on a message the key that it has where all nodes run in one process', async () => {
    const [a, b, c] = [adds('A'), adds('B'), adds('C')];
    const whole = await bench.run(line(a, b, c));
    const expected = await whole.call('x', { id: 'order-1' });
    const [first, last] = [await parts.open(line(a, b, c), ['A', 'C']), await parts.open(line(a, b, c), ['B'])];
    const one = bring(first, arrival('x', 'A', 'OpenSea', { key: 'order-1' }));
    await settle();
    const [toB] = one.departures;
    const two = bring(last, arrival(toB?.payload, 'B', 'A', { key: toB?.key() ?? '' }));
    await settle();
    const [toC] = two.departures;
    const three = bring(first, arrival(toC?.payload, 'C', 'B', { key: toC?.key() ?? '' }));
    await settle();
    expect(three.values).to.deep.equal([expected]);
    expect([toB?.from, toC?.from]).to.deep.equal(['A', 'B']);
  });

  it('R4 D14 waits where there is no room elsewhere, in order, and goes on when there is', async () => {
    const part = await parts.open(line(pass('A', { concurrency: 3 }), pass('B')), ['A']);
    const waiting = [1, 2, 3].map((n) => bring(part, arrival(n, 'A', 'OpenSea'), false));
    await settle();
    expect(waiting.map(({ left }) => left)).to.deep.equal([[], [], []]);
    expect(waiting.map(({ ended }) => ended)).to.deep.equal([[], [], []]);
    for (const bringer of waiting) bringer.hasRoom = true;
    part.room('Other');
    await settle();
    expect(waiting[0]?.left).to.deep.equal([]);
    part.room('B');
    await settle();
    expect(waiting.map(({ left, ended }) => [left, ended])).to.deep.equal(
      [1, 2, 3].map((n) => [[`B:${n}`], ['succeeded']]),
    );
  });

  it('R4 holds results back while there is no room for them', async () => {
    const part = await parts.open(line(pass('A'), pass('B')), ['B']);
    const bringer = bring(part, arrival(1, 'B', 'A'), false);
    await settle();
    expect([bringer.values, bringer.ended]).to.deep.equal([[], []]);
    bringer.hasRoom = true;
    bringer.run.room();
    await settle();
    expect([bringer.values, bringer.ended]).to.deep.equal([[1], ['succeeded']]);
  });

  it('D4 ends an arrival when everything that it led to is over, once', async () => {
    const { node: holds, calls } = held('Holds');
    const fans = node('Fans', async function* () {
      yield 1;
      yield 2;
    });
    const part = await parts.open(
      rows([
        [fans, [holds]],
        [holds, [pass('Next')]],
      ]),
      ['Fans', 'Holds'],
    );
    const bringer = bring(part, arrival(0, 'Fans', 'OpenSea'));
    await settle();
    calls[0]?.resolve('one');
    await settle();
    expect([bringer.left, bringer.ended]).to.deep.equal([['Next:one'], []]);
    calls[1]?.resolve('two');
    await settle();
    expect([bringer.left, bringer.ended]).to.deep.equal([['Next:one', 'Next:two'], ['succeeded']]);
    expect(bringer.departures.map(({ piece }) => piece)).to.deep.equal([true, true]);
  });

  it('R14b goes on after a failure of an emit, and ends the rest of a call', async () => {
    const { node: holds, calls } = held('Holds');
    const graph = rows([[pass('A'), [failing('Fails'), holds]]]);
    const part = await parts.open(graph, ['A', 'Fails', 'Holds']);
    const emitted = bring(part, arrival(1, 'A', 'OpenSea'));
    await settle();
    calls[0]?.resolve('done');
    await settle();
    expect([emitted.values, emitted.failures.map(({ code }) => code)]).to.deep.equal([['done'], ['NODE_EXCEPTION']]);
    expect(emitted.ended).to.deep.equal(['failed']);
    const called = bring(part, arrival(1, 'A', 'OpenSea', { isCall: true }));
    await settle();
    expect([called.values, called.failures.map(({ nodeName }) => nodeName), called.ended]).to.deep.equal([
      [],
      ['Fails'],
      ['failed'],
    ]);
    expect(calls[1]?.ctx.signal.aborted).to.equal(true);
  });

  it('D16 cancels what an arrival led to, and tells of it before it ends', async () => {
    const { node: holds, calls } = held('Holds');
    const part = await parts.open(line(pass('A'), holds, pass('C')), ['A', 'Holds']);
    const bringer = bring(part, arrival(1, 'A', 'OpenSea'));
    await settle();
    bringer.run.cancel('its caller left');
    expect(bringer.ended).to.deep.equal(['cancelled']);
    expect(bringer.failures.map(({ code, message }) => [code, /its caller left/.test(message)])).to.deep.equal([
      ['TRACE_CANCELLED', true],
    ]);
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
    bringer.run.cancel('again');
    expect(bringer.ended).to.have.length(1);
  });

  it('D15 carries the time that is left, and ends an arrival whose time is up', async () => {
    const { node: holds, calls } = held('Holds');
    const part = await parts.open(line(holds, pass('B')), ['Holds']);
    const inTime = bring(part, arrival(1, 'Holds', 'OpenSea', { timeoutS: 10 }));
    await settle();
    await parts.clock.advance(4_000);
    calls[0]?.resolve(1);
    await settle();
    expect(inTime.departures[0]?.leftMs).to.equal(6_000);
    const late = bring(part, arrival(2, 'Holds', 'OpenSea', { timeoutS: 1 }));
    await parts.clock.advance(1_100);
    await settle();
    expect([late.failures.map(({ code }) => code), late.ended]).to.deep.equal([['DEADLINE_EXCEEDED'], ['deadline']]);
  });

  it('R8 tells of each arrival that a stop ends', async () => {
    const { node: holds } = held('Holds');
    const part = await parts.open(line(holds, pass('B')), ['Holds']);
    const bringers = [1, 2, 3].map((n) => bring(part, arrival(n, 'Holds', 'OpenSea')));
    await settle();
    const stop = part.stop({ graceS: 1 });
    await parts.clock.advance(1_000);
    expect((await stop).dropped).to.equal(3);
    for (const { ended, failures } of bringers) {
      expect([ended, failures.map(({ code }) => code)]).to.deep.equal([['stopped'], ['FLOW_STOPPED']]);
    }
    const refused = Promise.resolve().then(() => bring(part, arrival(1, 'Holds', 'OpenSea')));
    expect(await codeOf(refused)).to.equal('FLOW_STOPPED');
  });

  it('D19 hands out chunks and pieces as they come', async () => {
    const streams = node('Streams', async function* (_, ctx) {
      await ctx.emitChunk('a');
      yield 'piece';
      await ctx.emitChunk('b', { done: true });
      return 'final';
    });
    const part = await parts.open(line(streams), ['Streams']);
    const bringer = bring(part, arrival(0, 'Streams', 'OpenSea', { isCall: true }));
    await settle();
    const shown = bringer.results.map(({ payload, piece }) =>
      payload instanceof StreamChunk ? `${payload.text}${payload.seq}` : `${String(payload)}${piece ? ' (piece)' : ''}`,
    );
    expect(shown).to.deep.equal(['a0', 'piece (piece)', 'b1', 'final']);
  });

  it('D22 joins what one arrival forks into', async () => {
    const [fork, left, right] = [pass('Fork'), adds('Left'), adds('Right')];
    const join = joinFrom('Join', [left, right]) as NodeClass<unknown>;
    const graph = rows([
      [fork, [left, right]],
      [left, [join]],
      [right, [join]],
      [join, [pass('Next')]],
    ]);
    const part = await parts.open(graph, ['Fork', 'Left', 'Right', 'Join']);
    const bringers = ['x', 'y'].map((payload) => bring(part, arrival(payload, 'Fork', 'OpenSea')));
    await settle();
    for (const { departures, ended } of bringers) {
      expect(departures).to.have.length(1);
      expect(ended).to.deep.equal(['succeeded']);
    }
  });

  it('D29 bears its ids on each event, and begins and ends as a part', async () => {
    const starts: TraceStart[] = [];
    const tracer: FlowTracer = { startTrace: (start) => void starts.push(start) as undefined };
    const part = await parts.open(line(pass('A'), pass('B')), ['A'], {
      providers: [{ token: TRACER, useValue: tracer }],
    });
    const events: FlowEvent[] = [];
    part.on('*', (event) => void events.push(event));
    const facts = { root: 'client-7', workerId: 'w1', redelivered: true, headers: { traceparent: '00-1-2-01' } };
    bring(part, arrival(1, 'A', 'OpenSea', { part: facts, headers: { tenant: 'acme', priority: 0 } }));
    await settle();
    expect(events.map(({ eventType }) => eventType)).to.deep.equal([
      'part_start',
      'node_start',
      'node_success',
      'part_end',
    ]);
    for (const event of events) {
      expect(event.toPayload()).to.include({
        trace_id: 't',
        tenant: 'acme',
        root: 'client-7',
        worker_id: 'w1',
        redelivered: true,
      });
    }
    expect(starts).to.have.length(1);
    expect(starts[0]).to.deep.include({ kind: 'part', part: facts });
  });

  it('D12 says to a node that its message was handed out before', async () => {
    const seen: boolean[] = [];
    const part = await parts.open(line(node('A', (_, ctx) => void seen.push(ctx.redelivered))), ['A']);
    const facts = { root: 'r', workerId: 'w', headers: {} };
    for (const redelivered of [false, true])
      bring(part, arrival(1, 'A', 'OpenSea', { part: { ...facts, redelivered } }));
    await settle();
    expect(seen).to.deep.equal([false, true]);
  });

  it('D22 refuses a message for a node, or from one, that the part does not have', async () => {
    const part = await parts.open(line(pass('A'), pass('B'), pass('C')), ['B']);
    const codes = [arrival(1, 'C', 'B'), arrival(1, 'B', 'C')].map((each) =>
      codeOf(Promise.resolve().then(() => bring(part, each))),
    );
    expect(await Promise.all(codes)).to.deep.equal(['UNKNOWN_TARGET', 'INVALID_OPTION']);
    expect(part.snapshot().traces).to.equal(0);
  });
});
