import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import type { Delivery } from '#src/distributed/index.js';
import { FlowError, SystemClock } from '#src/index.js';
import { nats, type NatsCarrierOptions } from '#src/nats/index.js';
import { startNatsServer, type NatsServer } from '#src/testing/index.js';

import { describeWithTool } from '../support/needs-tool.js';
import { NATS_SERVER } from './nats-tool.js';
import { PLAN, put, Sessions, stateOf, taken, until } from './use-sessions.js';

const LEASE_MS = (PLAN.leaseS ?? 0) * 1_000;

describe('nats: its options', () => {
  const wrong: readonly (readonly [string, Partial<Record<keyof NatsCarrierOptions | 'servers', unknown>>])[] = [
    ['connect', {}],
    ['connect', { connect: '' }],
    ['connect', { connect: [] }],
    ['connect', { connect: { authenticator: () => undefined } }],
    ['namespace', { connect: 'localhost', namespace: 'a b' }],
    ['replicas', { connect: 'localhost', replicas: 0 }],
    ['worker', { connect: 'localhost', worker: 'file.js' }],
    ['servers', { connect: 'localhost', servers: 'localhost' }],
  ];
  for (const [option, options] of wrong) {
    it(`refuses ${JSON.stringify(options)}, naming ${option}`, () => {
      expect(() => nats(options as unknown as NatsCarrierOptions))
        .to.throw(FlowError, `\`${option}\``)
        .with.property('code', 'INVALID_OPTION');
    });
  }

  it('says where no server answers, without its password', async () => {
    const carrier = nats({ connect: 'nats://user:secret@127.0.0.1:1' });
    const error = await refusalOf(carrier.open({ flow: 'Documents', clock: new SystemClock() }));
    expect(error.code).to.equal('CARRIER_UNAVAILABLE');
    expect(error.message).to.include('nats://127.0.0.1:1').and.not.include('secret');
  });

  it('says that the file of its thread is missing', async () => {
    const carrier = nats({ connect: 'localhost', worker: new URL('not-there.js', import.meta.url) });
    const error = await refusalOf(carrier.open({ flow: 'Documents', clock: new SystemClock() }));
    expect(error.code).to.equal('CARRIER_WORKER_MISSING');
  });
});

describeWithTool(NATS_SERVER, 'nats: a carrier on a server', function () {
  this.timeout(30_000);
  let server: NatsServer;
  const sessions = new Sessions();
  beforeEach(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    await sessions.closeAll();
    await server.destroy();
  });

  it('D9 holds what it has while the loop is blocked for several leases', async () => {
    const [worker, other] = [await sessions.join(server.url), await sessions.join(server.url)];
    const lost: string[] = [];
    worker.onLost(({ id }) => lost.push(id));
    await put(worker, 'in', 'long');
    const [delivery] = await taken(worker, 'in', 1);
    const seen: Delivery[] = [];
    other.take('in', { free: 10, maxHoldS: 900 }, (each) => seen.push(each));
    const endMs = performance.now() + 3 * LEASE_MS;
    while (performance.now() < endMs);
    expect((await stateOf(other, 'in')).unacked).to.equal(1);
    await worker.settle(delivery!, { departures: [] });
    await setTimeout(2 * LEASE_MS);
    expect([lost, seen]).to.deep.equal([[], []]);
    expect(await stateOf(other, 'in')).to.include({ pending: 0, unacked: 0 });
  });

  it('D2 D25 loses nothing of what it has acknowledged when the server is killed', async () => {
    const [sender, worker] = [await sessions.join(server.url), await sessions.join(server.url)];
    const ids = new Set<string>();
    worker.take('in', { free: 1_000, maxHoldS: 900 }, (delivery) => {
      ids.add(delivery.body);
      worker.settle(delivery, { departures: [] }).catch(() => undefined);
    });
    const puts = Array.from({ length: 600 }, (_, index) => put(sender, 'in', `m-${index}`));
    await puts[100];
    await server.kill();
    await setTimeout(200);
    await server.start();
    await Promise.all(puts);
    await until(() => ids.size === 600);
  });

  it('D15 goes by the clock of the server', async () => {
    const clock = new SystemClock();
    const ahead = {
      now: () => clock.now() + 3_600_000,
      monotonic: () => clock.monotonic(),
      stamp: () => clock.stamp(),
    };
    const options = { ...ahead, setTimer: (callback: () => void, ms: number) => clock.setTimer(callback, ms) };
    await sessions.join(server.url);
    const session = await nats({ connect: server.url }).open({ flow: PLAN.flow, clock: options });
    expect(session.now()).to.be.closeTo(Date.now(), 100);
    await session.close(0);
  });

  it('D9 goes by a lease that another session has changed', async () => {
    const worker = await sessions.join(server.url, { plan: { ...PLAN, leaseS: 30 } });
    const other = await sessions.join(server.url);
    await setTimeout(500);
    await put(worker, 'in', 'one');
    const [delivery] = await taken(worker, 'in', 1);
    const seen: Delivery[] = [];
    other.take('in', { free: 10, maxHoldS: 900 }, (each) => seen.push(each));
    await setTimeout(3 * LEASE_MS);
    await worker.settle(delivery!, { departures: [] });
    expect(seen).to.deep.equal([]);
  });

  it('keeps namespaces apart', async () => {
    const [one, other] = [await sessions.join(server.url), await sessions.join(server.url, { namespace: 'staging' })];
    await put(one, 'in', 'same');
    expect(await put(other, 'in', 'same')).to.equal('stored');
    await one.writeDoc('key', 'one', 0);
    expect(await other.doc('key')).to.equal(undefined);
  });

  it('says that JetStream does not answer', async () => {
    const config = `accounts { NONE { users: [{ user: a, password: a }] } }
no_auth_user: a`;
    const without = await startNatsServer({ config });
    try {
      const error = await refusalOf(sessions.join(without.url));
      expect(error.code).to.equal('CARRIER_UNAVAILABLE');
      expect(error.message).to.include('JetStream');
    } finally {
      await without.destroy();
    }
  });

  it('D31 says what the account lacks before it makes anything', async () => {
    const config = `accounts { SMALL { users: [{ user: a, password: a }], jetstream { max_file: 8GB, max_mem: 1MB, max_streams: 5 } } }
no_auth_user: a`;
    const small = await startNatsServer({ config });
    try {
      const error = await refusalOf(sessions.join(small.url));
      expect(error.code).to.equal('CARRIER_REFUSED');
      expect(error.metadata).to.include({ what: 'streams', needed: 6, has: 0, most: 5 });
    } finally {
      await sessions.closeAll();
      await small.destroy();
    }
  });
});

/** The FlowError that a promise rejects with. */
async function refusalOf(promise: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!FlowError.is(error)) throw new Error(`expected a FlowError, got ${String(error)}`);
  return error;
}
