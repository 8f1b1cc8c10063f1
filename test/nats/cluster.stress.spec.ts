import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import type { CarrierPlan, CarrierSession } from '#src/distributed/index.js';
import { startNatsCluster, type NatsCluster } from '#src/testing/index.js';

import { describeWithTool } from '../support/needs-tool.js';
import { NATS_SERVER } from './nats-tool.js';
import { PLAN, put, Sessions, stateOf, taken, until } from './use-sessions.js';

const BOUND = 300;
const COUNT = 1_200;
const WINDOW = 256;
const SMALL: CarrierPlan = { ...PLAN, leaseS: 5, queues: [{ queue: 'in', bound: BOUND, maxInFlight: 1_000 }] };

describeWithTool(NATS_SERVER, 'nats: a carrier on three servers', function () {
  this.timeout(90_000);
  let cluster: NatsCluster;
  const sessions = new Sessions();
  beforeEach(async () => {
    cluster = await startNatsCluster();
  });
  afterEach(async () => {
    await sessions.closeAll();
    await cluster.destroy();
  });

  it('D2 D14 loses nothing when one of them is killed while a queue is at its bound', async () => {
    const join = (): Promise<CarrierSession> => sessions.join(cluster.urls, { plan: SMALL, replicas: 3 });
    const senders = [await join(), await join()];
    const worker = await join();
    const puts = Array.from({ length: COUNT }, (_, index) => put(senders[index % 2]!, 'in', `m-${index}`));
    await until(async () => (await stateOf(worker, 'in')).pending >= BOUND);
    await setTimeout(1_000);
    expect((await stateOf(worker, 'in')).pending).to.be.at.most(BOUND + senders.length * WINDOW);
    await cluster.servers[1]!.kill();
    const seen = new Set<string>();
    const taking = worker.take('in', { free: 64, maxHoldS: 900 }, (delivery) => {
      seen.add(delivery.id);
      void worker.settle(delivery, { departures: [] }).then(
        () => taking.more(1),
        () => taking.more(1),
      );
    });
    await Promise.all(puts);
    await until(() => seen.size === COUNT);
  });

  it('D14 keeps a bound as well as senders can, who look at the queue', async () => {
    const session = await sessions.join(cluster.urls, { plan: SMALL, replicas: 3 });
    const puts = Array.from({ length: BOUND + 50 }, (_, index) => put(session, 'in', `m-${index}`));
    // What is under way while it looks may be counted twice, so it may stop a little before.
    await until(async () => (await stateOf(session, 'in')).pending >= BOUND * 0.9);
    await setTimeout(600);
    expect((await stateOf(session, 'in')).pending).to.be.within(BOUND * 0.9, BOUND);
    for (const delivery of await taken(session, 'in', 100)) await session.settle(delivery, { departures: [] });
    await Promise.all(puts);
    expect((await stateOf(session, 'in')).pending).to.equal(BOUND - 50);
  });
});
