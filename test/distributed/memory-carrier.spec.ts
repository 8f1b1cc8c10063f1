import { expect } from 'chai';
import { carrierConformance } from '#src/distributed/conformance/index.js';
import {
  memoryCarrier,
  type CarrierPlan,
  type CarrierSession,
  type Delivery,
  type MemoryCarrier,
  type SessionOptions,
} from '#src/distributed/index.js';
import { DeadLetterShelf } from '#src/distributed/memory/dead-letter-shelf.js';
import type { FlowError } from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';

import { codeOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';
import { MEMORY_TARGET } from './support/memory-target.js';

const PLAN: CarrierPlan = {
  flow: 'Orders',
  hash: 'hash',
  queues: ['ping', 'pong'].map((queue) => ({ queue, bound: 10, maxInFlight: 10 })),
  dedupeS: 120,
  leaseS: 15,
  keepS: 300,
};

describe('memoryCarrier', () => {
  let clock: ManualClock;
  let carrier: MemoryCarrier;
  beforeEach(() => {
    clock = new ManualClock();
    carrier = memoryCarrier();
  });

  describe('D2 D4 D6 D8 D9 D10 D11 D12 D14 D16 D17 D21 D24 D25 D26 D27 D31 D34 the conformance suite', () => {
    for (const { title, run } of carrierConformance(MEMORY_TARGET)) it(title, run);
  });

  it('makes an engine of its own with each call', async () => {
    const [one, other] = [await opened(), await opened({}, memoryCarrier())];
    await put(one, 'ping', 'one');
    expect((await one.queues())[0]?.pending).to.equal(1);
    expect((await other.queues())[0]?.pending).to.equal(0);
  });

  it('D6 forgets an id when its time and its message are over', async () => {
    const session = await opened();
    await put(session, 'ping', 'again');
    await session.settle(await takeOne(session, 'ping'), { departures: [] });
    await clock.advance(119_999);
    expect(await put(session, 'ping', 'again')).to.equal('duplicate');
    await clock.advance(1);
    expect(await put(session, 'ping', 'again')).to.equal('stored');
  });

  it('D9 lets a session end only what it has itself', async () => {
    const [one, other] = [await opened(), await opened()];
    await put(one, 'ping', 'one');
    const delivery = await takeOne(one, 'ping');
    expect(await codeOf(other.settle(delivery, { departures: [] }))).to.equal('LEASE_LOST');
    expect(await codeOf(one.settle({ ...delivery }, { departures: [] }))).to.equal('LEASE_LOST');
    await one.settle(delivery, { departures: [] });
  });

  it('D34 goes by the clock of its engine, which may differ from that of a session', async () => {
    const session = await opened();
    carrier.faults.shiftClock(90_000);
    expect(session.now()).to.equal(clock.now() + 90_000);
    await put(session, 'ping', 'one');
    expect((await session.queues())[0]?.oldestMs).to.equal(clock.now() + 90_000);
  });

  it('D11 keeps dead letters for 14 days, and says to one who listens how many were dropped', async () => {
    const problems: unknown[] = [];
    const onProblem = ({ code, metadata }: FlowError): void => void problems.push([code, metadata['count']]);
    const [session] = [await opened(), await opened({ onProblem }), await opened({ onProblem })];
    for (const id of ['one', 'two']) {
      await put(session, 'ping', id);
      await session.settle(await takeOne(session, 'ping'), { departures: [], dead: { reason: '{}' } });
      await clock.advance(1_000);
    }
    await clock.advance(14 * 86_400_000 - 2_001);
    expect(await session.dead.list()).to.have.length(2);
    await clock.advance(1);
    expect((await session.dead.list()).map(({ messageId }) => messageId)).to.deep.equal(['two']);
    expect((await session.queues())[0]?.dead).to.equal(1);
    await clock.advance(1_000);
    expect(await session.dead.read('2')).to.equal(undefined);
    await clock.advance(59_000);
    expect(problems).to.deep.equal([['DEAD_LETTERS_DROPPED', 1]]);
    // Once a minute, with all that went since.
    expect((await session.queues())[0]?.dead).to.equal(0);
    await clock.advance(0);
    expect(problems.slice(1)).to.deep.equal([['DEAD_LETTERS_DROPPED', 1]]);
  });

  it('D11 keeps the last 100,000 dead letters of a flow', () => {
    const told: unknown[] = [];
    const shelf = new DeadLetterShelf('Orders', { nowMs: 1, elapsedMs: 1 }, ({ metadata }) => told.push(metadata));
    for (let n = 0; n < 100_003; n++) {
      shelf.add({ message: { id: `m${n}`, queue: n % 2 === 0 ? 'ping' : 'pong', head: '', body: '' } }, '{}', 1);
    }
    expect([shelf.count('ping'), shelf.count('pong')]).to.deep.equal([50_000, 50_000]);
    expect(shelf.list({ limit: 1 })[0]?.messageId).to.equal('m3');
    expect(told).to.deep.equal([{ flow: 'Orders', count: 1 }]);
  });

  it('keeps a process up for what was put off, and for nothing else', async () => {
    const session = await opened();
    await put(session, 'ping', 'one');
    const delivery = await takeOne(session, 'ping');
    expect(clock.pending).to.equal(0);
    await session.later(delivery, 60, 1);
    expect(clock.pending).to.equal(1);
    await session.close(1_000);
    expect(clock.pending).to.equal(0);
    const next = await opened();
    expect(clock.pending).to.equal(1);
    await clock.advance(60_000);
    expect((await takeOne(next, 'ping')).id).to.equal('one');
  });

  it('says nothing of a killed process, neither to it nor for it', async () => {
    const [killed, other] = [await opened(), await opened()];
    const heard: unknown[] = [];
    killed.hear('', (topic) => heard.push(topic));
    killed.records('answers', '', 'start', ({ id }) => heard.push(id));
    killed.put({ id: 'one', queue: 'ping', head: '', body: '' }, () => heard.push('stored'));
    const promises = [killed.queues(), killed.close(0)];
    carrier.faults.kill(killed);
    promises.push(killed.queues(), killed.settle({} as Delivery, { departures: [] }) as never);
    expect(killed.put({ id: 'two', queue: 'ping', head: '', body: '' }, () => heard.push('stored'))).to.equal(false);
    other.cast('topic', '');
    await other.record('answers', 'root', 'record', '', 60);
    for (const promise of promises.slice(1)) void (promise as Promise<unknown>).then(() => heard.push('settled'));
    await clock.advance(60_000);
    expect(heard).to.deep.equal([]);
    expect((await other.queues())[0]?.pending).to.equal(1);
  });

  it('D24 D25 tells when it cannot hand back as the engine is away, and others have it when the lease is over', async () => {
    const problems: FlowError[] = [];
    const [closed, other] = [await opened({ onProblem: (problem) => problems.push(problem) }), await opened()];
    await put(closed, 'ping', 'one');
    await takeOne(closed, 'ping');
    carrier.faults.become('down', 'the disk is gone');
    const closing = closed.close(1_000);
    await clock.advance(1_000);
    await closing;
    expect(problems.map(({ code }) => code)).to.deep.equal(['CARRIER_CLOSED']);
    carrier.faults.become('up');
    const again = takeOne(other, 'ping');
    await clock.advance(15_000);
    expect((await again).redelivered).to.equal(true);
  });

  it('D9 D24 hands back at its close what was held too long, at once', async () => {
    const [closed, other] = [await opened(), await opened()];
    await put(closed, 'ping', 'one');
    closed.take('ping', { free: 1, maxHoldS: 1 }, () => {});
    await clock.advance(1_500);
    await closed.close(0);
    expect((await takeOne(other, 'ping')).id).to.equal('one');
  });

  it('D25 says what the engine said', async () => {
    const states: unknown[] = [];
    await opened({ onState: (state) => states.push(state) });
    carrier.faults.become('down', 'the disk is gone');
    carrier.faults.become('down');
    carrier.faults.become('up');
    await clock.advance(0);
    expect(states).to.deep.equal([{ state: 'down', detail: 'the disk is gone' }, { state: 'up' }]);
  });

  it('gives timers their turn while messages go round', async () => {
    const session = await opened();
    let isTimersTurn = false;
    setImmediate(() => (isTimersTurn = true));
    let rounds = 0;
    for (const [from, to] of [
      ['ping', 'pong'],
      ['pong', 'ping'],
    ] as const) {
      const taking = session.take(from, { free: 1, maxHoldS: 900 }, (delivery) => {
        rounds += 1;
        const departures = isTimersTurn || rounds > 100_000 ? [] : [{ id: `${rounds}`, queue: to, head: '', body: '' }];
        void session.settle(delivery, { departures }).then(() => taking.more(1));
      });
    }
    await put(session, 'ping', 'first');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(isTimersTurn).to.equal(true);
    expect(rounds).to.be.greaterThan(10).and.lessThan(1_000);
  });

  it('kills whom a name is of, and says which names there are', async () => {
    const heard: string[] = [];
    const options = { flow: PLAN.flow, clock };
    const [cpu, web] = [
      await carrier.open({ ...options, owner: 'cpu-1' }),
      await carrier.open({ ...options, owner: 'web' }),
    ];
    cpu.hear('', () => heard.push('cpu-1'));
    web.hear('', () => heard.push('web'));
    carrier.faults.kill('cpu-1');
    web.cast('news', '');
    await clock.advance(0);
    expect(heard).to.deep.equal(['web']);
    const refused = thrownBy(() => carrier.faults.freeze('cpu-1')) as FlowError;
    expect([refused.code, refused.hint]).to.deep.equal([
      'INVALID_OPTION',
      'Those that live are "web": give `workerId` of a worker, or `clientId` of a client.',
    ]);
    await web.close(0);
  });

  it('refuses options and sessions that cannot be', async () => {
    expect(thrownBy(() => memoryCarrier({ maxBytes: 0 })).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => memoryCarrier({ namespace: 'x' } as never)).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => carrier.faults.kill({} as CarrierSession)).code).to.equal('INVALID_OPTION');
    const session = await opened();
    for (const refused of [
      session.provision({ ...PLAN, flow: 'Others' }, 'ensure'),
      session.dead.list({ after: 'x' }),
      session.dead.list({ limit: 0 }),
    ]) {
      expect(await codeOf(refused)).to.equal('INVALID_OPTION');
    }
  });

  async function opened(options: Partial<SessionOptions> = {}, on: MemoryCarrier = carrier): Promise<CarrierSession> {
    const session = await on.open({ flow: 'Orders', clock, ...options });
    await session.provision(PLAN, 'ensure');
    return session;
  }
});

function put(session: CarrierSession, queue: string, id: string): Promise<string> {
  return new Promise((resolve) => {
    session.put({ id, queue, head: '', body: '' }, (error, duplicate) =>
      resolve(error?.code ?? (duplicate ? 'duplicate' : 'stored')),
    );
  });
}

function takeOne(session: CarrierSession, queue: string): Promise<Delivery> {
  return new Promise((resolve) => {
    const taking = session.take(queue, { free: 1, maxHoldS: 900 }, (delivery) => {
      taking.stop();
      resolve(delivery);
    });
  });
}
