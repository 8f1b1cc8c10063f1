import { expect } from 'chai';
import { codeOf } from '../../support/settling.js';
import { failing, held, line, node, pass, rows } from '../../support/nodes.js';
import { useRigs } from './rig.js';

describe('serveFlow', () => {
  const rigFor = useRigs();
  const adds = (name: string) => node(name, (payload, ctx) => `${String(payload)} ${name}<${ctx.source}`);

  it('D1 D3 takes a flow from group to group, and answers who asked', async () => {
    const [a, b, c] = [adds('A'), adds('B'), adds('C')];
    const rig = await rigFor(line(a, b, c), { groups: { io: [a, c], cpu: [b] } });
    await rig.serve(['io']);
    await rig.serve(['cpu']);
    rig.send('A', 'x');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "x A<OpenSea B<A C<B" closes']);
    const queues = await rig.session.queues();
    expect(queues.map(({ pending, unacked }) => pending + unacked)).to.deep.equal([0, 0, 0]);
    expect(rig.typesOf('part_start').map(({ extra }) => extra['kind'])).to.deep.equal(['part', 'part', 'part']);
  });

  it('D3 keeps inside a process what stays in a group', async () => {
    const [a, b, c] = [adds('A'), adds('B'), adds('C')];
    const rig = await rigFor(line(a, b, c));
    await rig.serve();
    rig.send('A', 'x');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "x A<OpenSea B<A C<B" closes']);
    expect(rig.typesOf('message_published')).to.have.length(0);
    expect(rig.typesOf('part_start')).to.have.length(1);
  });

  it('D18 says what ends of a root are open where an arrival leads to other than one departure', async () => {
    const [fan, b] = [
      node('Fan', async (_, ctx) => {
        for (const n of [1, 2, 3]) await ctx.emit(n);
      }),
      node('B', (n) => (n === 2 ? undefined : n)),
    ];
    const rig = await rigFor(line(fan, b), { groups: { one: [fan], two: [b] } });
    await rig.serve();
    rig.send('Fan', 0, { kind: 'collect' });
    await rig.turn();
    expect(rig.said).to.have.members(['step +2', 'result 1 closes', 'step +0 closes', 'result 3 closes']);
    const closed = rig.answers.filter(({ closes }) => closes).map(({ token }) => token);
    const opened = rig.answers.flatMap((answer) => (answer.kind === 'step' ? answer.opened : []));
    expect(new Set(closed)).to.deep.equal(new Set(['m1', ...opened]));
  });

  it('D11 tells a waiter of a failure, and puts an emit aside that failed for good', async () => {
    const [a, b] = [pass('A'), failing('B')];
    const rig = await rigFor(line(a, b), { groups: { one: [a], two: [b] } });
    await rig.serve();
    rig.send('A', 1);
    rig.send('A', 2, { kind: 'emit', root: 'test-e' });
    await rig.turn();
    expect(rig.said).to.deep.equal(['failure NODE_EXCEPTION closes', 'failure NODE_EXCEPTION closes']);
    const dead = await rig.session.dead.list();
    expect(
      dead.map(({ queue, body, reason }) => [queue, body, (JSON.parse(reason) as { code: string }).code]),
    ).to.deep.equal([['B', '2', 'NODE_EXCEPTION']]);
    expect(rig.typesOf('dead_letter').map(({ nodeName, extra }) => [nodeName, extra['error_node']])).to.deep.equal([
      ['B', 'B'],
    ]);
  });

  it('D28 fails the attempt that sends what cannot cross, and does not try again', async () => {
    class Secret {
      readonly at = 1;
    }
    let tries = 0;
    const [a, b] = [
      node(
        'A',
        () => {
          tries++;
          return new Secret();
        },
        { maxRetries: 3 },
      ),
      pass('B'),
    ];
    const rig = await rigFor(line(a, b), { groups: { one: [a], two: [b] } });
    await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    expect([tries, rig.said]).to.deep.equal([1, ['failure NOT_ENCODABLE closes']]);
    expect(rig.typesOf('node_failed').map(({ nodeName }) => nodeName)).to.deep.equal(['A']);
  });

  it('D28 rejects an emit of what cannot cross, at the node', async () => {
    let refused: unknown;
    const [a, b] = [
      node('A', async (_, ctx) => {
        await ctx.emit(() => 1).catch((error: unknown) => (refused = error));
        return 'fine';
      }),
      pass('B'),
    ];
    const rig = await rigFor(line(a, b), { groups: { one: [a], two: [b] } });
    await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    expect((refused as { code: string }).code).to.equal('NOT_ENCODABLE');
    expect(rig.said).to.deep.equal(['result "fine" closes']);
  });

  it('D15 never starts what comes too late, and carries deadlines on the clock of the engine', async () => {
    const { node: a, calls } = held('A');
    const rig = await rigFor(line(a, pass('B')), { groups: { one: [a] } });
    await rig.serve();
    rig.send('A', 1, { deadlineMs: rig.session.now() });
    rig.send('A', 2, { deadlineMs: rig.session.now() + 5_000 });
    await rig.turn();
    expect(calls.map(({ payload }) => payload)).to.deep.equal([2]);
    expect(rig.said).to.deep.equal(['failure DEADLINE_EXCEEDED closes']);
    expect(rig.typesOf('message_dropped').map(({ extra }) => extra['reason'])).to.deep.equal(['its deadline passed']);
    await rig.clock.advance(6_000);
    await rig.turn();
    expect(rig.said).to.deep.equal(['failure DEADLINE_EXCEEDED closes', 'failure DEADLINE_EXCEEDED closes']);
    expect(await rig.session.dead.list()).to.deep.equal([]);
  });

  it('D16 cancels what runs, drops what comes later, and leaves alone what began after', async () => {
    const { node: a, calls } = held('A', { concurrency: 8 });
    const rig = await rigFor(line(a));
    await rig.serve();
    for (const root of ['test-x', 'test-y', 'test-z']) rig.send('A', root, { root, traceId: 'shared' });
    await rig.turn();
    await rig.session.record('cancels', 'root test-x', 'c1', JSON.stringify({ reason: 'no more' }), 60);
    await rig.turn();
    expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([true, false, false]);
    await rig.clock.advance(1);
    await rig.session.record('cancels', 'trace 7 defaultshared', 'c2', JSON.stringify({ reason: 'all of it' }), 60);
    await rig.turn();
    expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([true, true, true]);
    rig.send('A', 'late', { root: 'test-x', beganMs: 0 });
    await rig.clock.advance(1);
    rig.send('A', 'new', { root: 'test-n', traceId: 'shared' });
    await rig.turn();
    expect(calls.map(({ payload }) => payload)).to.deep.equal(['test-x', 'test-y', 'test-z', 'new']);
    expect(rig.typesOf('message_dropped').map(({ extra }) => extra['reason'])).to.deep.equal(['no more']);
  });

  it('D9 D12 runs again elsewhere what a killed process had, and says so', async () => {
    const { node: a, calls } = held('A', { concurrency: 4 });
    const rig = await rigFor(line(a));
    const first = await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    rig.kill(first);
    await rig.serve();
    await rig.clock.advance(14_000);
    await rig.turn();
    expect(calls).to.have.length(1);
    await rig.clock.advance(2_000);
    await rig.turn();
    expect(calls.map(({ ctx }) => [ctx.redelivered, ctx.idempotencyKey])).to.deep.equal([
      [false, 'key1'],
      [true, 'key1'],
    ]);
    calls[1]?.resolve('done');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "done" closes']);
    expect(rig.typesOf('message_redelivered').map(({ extra }) => extra['starts'])).to.deep.equal([0]);
  });

  it('D12 isolates a message that ends processes, and puts it aside at the limit, innocents unharmed', async () => {
    const { node: a, calls } = held('A', { concurrency: 8 });
    const rig = await rigFor(line(a));
    for (const payload of ['poison', 'one', 'two']) rig.send('A', payload);
    const began: string[][] = [];
    for (let crash = 0; crash < 4; crash++) {
      const worker = await rig.serve();
      await rig.clock.advance(16_000);
      await rig.turn();
      const running = calls.splice(0);
      began.push(running.map(({ payload }) => String(payload)));
      if (crash >= 2) for (const call of running) if (call.payload !== 'poison') call.resolve(call.payload);
      await rig.turn();
      for (const call of calls.splice(0)) {
        began.at(-1)?.push(String(call.payload));
        if (call.payload !== 'poison') call.resolve(call.payload);
        await rig.turn();
      }
      rig.kill(worker);
    }
    expect(began.slice(0, 2)).to.deep.equal([
      ['poison', 'one', 'two'],
      ['poison', 'one', 'two'],
    ]);
    expect(began[2]?.[0]).to.equal('poison');
    expect(began[2]).to.have.length(1);
    await rig.serve();
    await rig.clock.advance(16_000);
    await rig.turn();
    for (let turn = 0; turn < 3; turn++) {
      for (const call of calls.splice(0)) call.resolve(call.payload);
      await rig.turn();
    }
    expect((await rig.session.dead.list()).map(({ body }) => body)).to.deep.equal(['"poison"']);
    expect(rig.said).to.have.members(['failure POISON_MESSAGE closes', 'result "one" closes', 'result "two" closes']);
  });

  it('D24 gives back at once what has not begun, and lets the rest end', async () => {
    const { node: a, calls } = held('A');
    const rig = await rigFor(line(a));
    const first = await rig.serve();
    for (const n of [1, 2, 3]) rig.send('A', n);
    await rig.turn();
    const stop = first.stop({ drainS: 30 });
    await rig.turn();
    expect(first.health().ready).to.equal(false);
    await rig.serve();
    await rig.turn();
    expect(calls.map(({ payload }) => payload)).to.deep.equal([1, 2]);
    expect(calls[1]?.ctx.redelivered).to.equal(false);
    calls[0]?.resolve('first');
    await rig.turn();
    expect((await stop).drained).to.equal(true);
    expect(rig.said).to.deep.equal(['result "first" closes']);
  });

  it('D13 waits with what this build does not know for one that does, for ten minutes', async () => {
    const rig = await rigFor(line(pass('A')));
    await rig.serve();
    rig.session.put({ id: 'odd', queue: 'A', head: rig.headFor('A'), body: '{"$:doc":{}}' }, () => {});
    await rig.turn();
    expect(await rig.session.dead.list()).to.deep.equal([]);
    for (let waited = 0; waited < 620; waited += 5) {
      await rig.clock.advance(5_000);
      await rig.turn();
    }
    expect(rig.said).to.deep.equal(['failure UNKNOWN_TYPE closes']);
    expect(await rig.session.dead.list()).to.have.length(1);
  });

  it('D8 D14 does not stand still where all bounds are 1 and groups form a cycle', async () => {
    const [fetch, parse, score, store] = [pass('Fetch'), pass('Parse'), pass('Score'), pass('Store')];
    const { queue } = await import('#src/distributed/plan/queue.js');
    const rig = await rigFor(line(fetch, parse, score, store), {
      groups: { io: [fetch, store], cpu: [parse, score] },
      queues: [parse, store].map((each) => queue(each, { bound: 1, maxInFlight: 1 })),
      flow: { queueMaxsize: 1 },
    });
    await rig.serve(['io']);
    await rig.serve(['cpu']);
    for (let n = 0; n < 200; n++) {
      rig.send('Fetch', n);
      if (n % 50 === 49) await rig.turn();
    }
    for (let turn = 0; turn < 100 && rig.answers.length < 200; turn++) await rig.turn();
    expect(rig.answers).to.have.length(200);
  });

  it('D27 fails what leads to a message that the engine never takes', async () => {
    const [a, b] = [node('A', () => 'x'.repeat(1_048_570)), pass('B')];
    const rig = await rigFor(line(a, b), { groups: { one: [a], two: [b] } });
    await rig.serve();
    rig.send('A', 1, { kind: 'emit', root: 'test-e' });
    await rig.turn();
    expect(rig.said.map((each) => each.slice(0, 60))).to.deep.equal(['failure MESSAGE_TOO_LARGE closes']);
    expect(await rig.session.dead.list()).to.have.length(1);
    expect((await rig.session.queues()).map(({ pending, unacked }) => pending + unacked)).to.deep.equal([0, 0]);
  });

  it('D16 does not begin what was cancelled while it waited for its turn', async () => {
    const { node: a, calls } = held('A', { concurrency: 8 });
    const rig = await rigFor(line(a));
    const first = await rig.serve();
    for (const root of ['test-x', 'test-y']) rig.send('A', root, { root });
    await rig.turn();
    rig.kill(first);
    const second = await rig.serve();
    await rig.clock.advance(16_000);
    await rig.turn();
    rig.kill(second);
    await rig.serve();
    await rig.clock.advance(16_000);
    await rig.turn();
    calls.splice(0, 4);
    expect(calls.map(({ payload }) => payload)).to.deep.equal(['test-x']);
    await rig.session.record('cancels', 'root test-y', 'c1', JSON.stringify({ reason: 'no more' }), 60);
    await rig.turn();
    calls[0]?.resolve('done');
    await rig.turn();
    expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([false]);
    expect(rig.said).to.have.members(['result "done" closes', 'failure TRACE_CANCELLED closes']);
  });

  it('refuses what it cannot serve, and says how', async () => {
    const rig = await rigFor(rows([[pass('A'), [pass('B')]]]));
    expect(await codeOf(rig.serve(['nosuch']))).to.equal('INVALID_OPTION');
    expect(await codeOf(rig.serve(undefined, { carrier: {} as never }))).to.equal('INVALID_OPTION');
    expect(await codeOf(rig.serve(undefined, { crashLimit: 0 }))).to.equal('INVALID_OPTION');
  });
});
