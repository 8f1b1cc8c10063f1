import { expect } from 'chai';
import { queue } from '#src/distributed/plan/queue.js';
import { held, line, node, pass } from '../../support/nodes.js';
import { failureOf } from '../../support/settling.js';
import { useRigs } from './rig.js';

describe('serveFlow, messages that it holds', () => {
  const rigFor = useRigs();

  it('D9 aborts what it works on when the lease is lost, and nothing of it is stored', async () => {
    const { node: a, calls } = held('A', { concurrency: 4 });
    const rig = await rigFor(line(a));
    const first = await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    rig.carrier.faults.freeze(rig.sessionOf(first));
    await rig.clock.advance(16_000);
    await rig.serve();
    await rig.turn();
    rig.carrier.faults.thaw(rig.sessionOf(first));
    await rig.turn();
    expect(calls.map(({ ctx }) => [ctx.signal.aborted, ctx.redelivered])).to.deep.equal([
      [true, false],
      [false, true],
    ]);
    calls[0]?.resolve('of the first');
    calls[1]?.resolve('of the second');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "of the second" closes']);
    expect(rig.typesOf('lease_lost').map(({ nodeName, extra }) => [nodeName, extra['worker_id']])).to.deep.equal([
      ['A', 'w1'],
    ]);
  });

  it('D9 D29 tells once of a message that is lost in the moment in which it ends', async () => {
    const { node: a, calls } = held('A');
    const rig = await rigFor(line(a));
    const worker = await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    // Its end is under way when it hears that it has lost it.
    rig.carrier.faults.become('down');
    calls[0]?.resolve('too late');
    await rig.turn();
    rig.carrier.faults.freeze(rig.sessionOf(worker));
    await rig.clock.advance(16_000);
    rig.carrier.faults.thaw(rig.sessionOf(worker));
    await rig.turn();
    rig.carrier.faults.become('up');
    await rig.turn();
    expect(rig.typesOf('lease_lost').map(({ extra }) => extra['reason'])).to.deep.equal([
      'no renewal went out in time',
    ]);
  });

  it('D9 gives what a killed process held to another one, and does not wait for ever to stop it', async () => {
    const { node: a, calls } = held('A');
    const rig = await rigFor(line(a));
    const first = await rig.serve();
    rig.send('A', 1);
    await rig.turn();
    rig.carrier.faults.kill(first.workerId);
    const stopped = first.stop({ graceS: 0 });
    await rig.serve();
    for (let waited = 0; waited < 30; waited += 5) {
      await rig.clock.advance(5_000);
      await rig.turn();
    }
    await stopped;
    expect(calls.map(({ ctx }) => [ctx.redelivered, ctx.idempotencyKey])).to.deep.equal([
      [false, 'key1'],
      [true, 'key1'],
    ]);
    calls[1]?.resolve('done');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "done" closes']);
  });

  it('D24 a stop whose options are wrong changes nothing', async () => {
    const rig = await rigFor(line(pass('A')));
    const worker = await rig.serve();
    const refused = await failureOf(worker.stop({ drainS: -1 }));
    expect([refused.code, refused.message]).to.deep.equal([
      'INVALID_OPTION',
      'Expected `drainS` of stop() of worker "w1" to be >= 0, got -1',
    ]);
    rig.send('A', 'x');
    await rig.turn();
    expect([worker.health().ready, rig.said]).to.deep.equal([true, ['result "x" closes']]);
  });

  it('D9 ends with HOLD_EXCEEDED what is held for longer than its queue says', async () => {
    const { node: a, calls } = held('A');
    const rig = await rigFor(line(a), { queues: [queue(a, { maxHoldS: 60 })] });
    await rig.serve();
    rig.send('A', 1, { kind: 'emit', root: 'test-e' });
    await rig.turn();
    for (let waited = 0; waited < 70; waited += 5) {
      await rig.clock.advance(5_000);
      await rig.turn();
    }
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
    expect(rig.said).to.deep.equal(['failure HOLD_EXCEEDED closes']);
    expect(await rig.session.dead.list()).to.have.length(1);
  });

  it('D10 hands back what waits for more than 30 s for its next attempt, which another process makes', async () => {
    const tried: (readonly [attempt: number, redelivered: boolean])[] = [];
    const flaky = node(
      'Flaky',
      (payload, ctx) => {
        tried.push([ctx.attempt, ctx.redelivered]);
        if (ctx.attempt < 2) throw new Error('not yet');
        return payload;
      },
      { maxRetries: 3, backoffBaseS: 60, backoffMultiplier: 1, concurrency: 2 },
    );
    const rig = await rigFor(line(flaky));
    const first = await rig.serve();
    rig.send('Flaky', 'x');
    await rig.turn();
    const [waiting] = await rig.session.queues();
    expect([waiting?.pending, waiting?.unacked, first.health().working]).to.deep.equal([1, 0, 0]);
    const stop = first.stop();
    await rig.turn();
    await stop;
    await rig.serve();
    for (let waited = 0; waited < 130; waited += 10) {
      await rig.clock.advance(10_000);
      await rig.turn();
    }
    expect(tried).to.deep.equal([
      [0, false],
      [1, false],
      [2, false],
    ]);
    expect(rig.said).to.deep.equal(['result "x" closes']);
    const told = rig.events
      .filter(({ nodeName }) => nodeName === 'Flaky')
      .map(({ eventType, attempt }) => `${eventType} ${attempt}`);
    expect(told).to.deep.equal([
      ...['node_start 0', 'node_error 0', 'node_retry 1'],
      ...['node_start 1', 'node_error 1', 'node_retry 2'],
      ...['node_start 2', 'node_success 2'],
    ]);
  });

  it('D10 waits here where something of the arrival has left already', async () => {
    const flaky = node(
      'Flaky',
      async (payload, ctx) => {
        if (ctx.attempt === 0) {
          await ctx.emit('early');
          throw new Error('not yet');
        }
        return payload;
      },
      { maxRetries: 1, backoffBaseS: 60 },
    );
    const last = pass('Last');
    const rig = await rigFor(line(flaky, last), { groups: { one: [flaky], two: [last] } });
    await rig.serve(['one']);
    rig.send('Flaky', 'x');
    await rig.turn();
    expect((await rig.session.queues())[0]?.unacked).to.equal(1);
    await rig.clock.advance(61_000);
    await rig.turn();
    expect((await rig.session.queues()).map(({ pending, unacked }) => [pending, unacked])).to.deep.equal([
      [0, 0],
      [2, 0],
    ]);
  });

  it('D21 works on the messages of a key in their order, one at a time, in all processes together', async () => {
    const began: string[] = [];
    const { node: ordered, calls } = held('Ordered', { concurrency: 8 });
    const send = node('Send', async (n: number, ctx) => {
      for (const key of ['a', 'b']) await ctx.emit(`${key}${n}`);
    });
    const by = (payload: unknown): string => String(payload).charAt(0);
    const rig = await rigFor(line(send, ordered), { queues: [queue(ordered, { order: { by, lanes: 16 } })] });
    await rig.serve();
    await rig.serve();
    for (const n of [1, 2, 3]) {
      rig.send('Send', n);
      await rig.turn();
    }
    while (calls.length !== 0) {
      const now = calls.splice(0);
      const keys = now.map(({ payload }) => by(payload));
      expect(keys).to.have.length(new Set(keys).size);
      for (const call of now) {
        began.push(String(call.payload));
        call.resolve();
      }
      await rig.turn();
    }
    expect(began.filter((each) => each.startsWith('a'))).to.deep.equal(['a1', 'a2', 'a3']);
    expect(began.filter((each) => each.startsWith('b'))).to.deep.equal(['b1', 'b2', 'b3']);
  });

  it('D25 waits while the engine is away, and goes on when it is back', async () => {
    const rig = await rigFor(line(pass('A'), pass('B')), {});
    const worker = await rig.serve();
    rig.carrier.faults.become('down', 'gone for a while');
    await rig.turn();
    expect(worker.health()).to.deep.include({ ready: false, carrier: { state: 'down', detail: 'gone for a while' } });
    rig.send('A', 1);
    await rig.turn();
    expect(rig.said).to.deep.equal([]);
    rig.carrier.faults.become('up');
    await rig.turn();
    expect(rig.said).to.deep.equal(['result 1 closes']);
    expect(rig.typesOf('carrier_state').map(({ extra }) => extra['state'])).to.deep.equal(['down', 'up']);
  });

  it('D11 tells what went wrong at the engine, once: dead letters that were dropped', async () => {
    const rig = await rigFor(line(pass('A')), {});
    rig.send('A', 1);
    await rig.turn();
    await new Promise<void>((resolve) => {
      const dead = { reason: '{}' };
      rig.session.take('A', { free: 1, maxHoldS: 900 }, (delivery) => {
        void rig.session.settle(delivery, { departures: [], dead }).then(resolve);
      });
    });
    await rig.clock.advance(14 * 86_400_000);
    const [worker] = [await rig.serve(), await rig.serve()];
    expect((await worker.lag())[0]?.dead).to.equal(0);
    await rig.turn();
    const [told, ...others] = rig.typesOf('carrier_state');
    expect(others).to.deep.equal([]);
    expect(told?.extra).to.deep.include({ error_code: 'DEAD_LETTERS_DROPPED', count: 1, worker_id: 'w1' });
    expect(told?.extra['detail']).to.contain('1 of the dead letters of flow');
  });

  it('D34 says what waits, also for groups of others; a worker that pauses takes nothing', async () => {
    const [a, b] = [pass('A'), pass('B')];
    const rig = await rigFor(line(a, b), { groups: { one: [a], two: [b] } });
    const worker = await rig.serve(['one']);
    rig.send('A', 1);
    await rig.turn();
    worker.pause();
    rig.send('A', 2);
    await rig.turn();
    await rig.clock.advance(3_000);
    const lag = await worker.lag();
    expect(lag.map(({ queue: name, pending, unacked, oldestS }) => [name, pending, unacked, oldestS])).to.deep.equal([
      ['A', 1, 0, 3],
      ['B', 1, 0, 3],
    ]);
    expect(worker.health()).to.include({ ready: false, paused: true });
    worker.resume();
    await rig.turn();
    expect((await worker.lag()).map(({ pending }) => pending)).to.deep.equal([0, 2]);
  });
});
