import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import type { Delivery } from '#src/distributed/index.js';
import { startNatsServer, type NatsServer } from '#src/testing/index.js';

import { describeWithTool } from '../support/needs-tool.js';
import { NATS_SERVER } from './nats-tool.js';
import { PLAN, put, Sessions, taken, until } from './use-sessions.js';

const WORKER = new URL('../../src/nats/lease-worker.js', import.meta.url);
const LEASE_MS = (PLAN.leaseS ?? 0) * 1_000;
const LIVES_MS = 500;

describeWithTool(NATS_SERVER, 'nats: the thread that renews', function () {
  this.timeout(20_000);
  let server: NatsServer;
  const sessions = new Sessions();
  beforeEach(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    await sessions.closeAll();
    await server.destroy();
  });

  it('D9 says once that it has ended, and what is held is renewed on the loop', async () => {
    const code = `await import(${JSON.stringify(WORKER.href)}); setTimeout(() => process.exit(0), ${LIVES_MS});`;
    const problems: string[] = [];
    const worker = await sessions.join(server.url, {
      worker: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
      onProblem: (problem) => problems.push(problem.code),
    });
    const other = await sessions.join(server.url);
    const lost: string[] = [];
    worker.onLost(({ id }) => lost.push(id));
    await put(worker, 'in', 'before');
    const [before] = await taken(worker, 'in', 1);
    await until(() => problems.length > 0);
    await put(worker, 'in', 'after');
    const [after] = await taken(worker, 'in', 1);
    const seen: Delivery[] = [];
    other.take('in', { free: 10, maxHoldS: 900 }, (each) => seen.push(each));
    await setTimeout(3 * LEASE_MS);
    for (const delivery of [before!, after!]) await worker.settle(delivery, { departures: [] });
    expect([lost, seen, problems]).to.deep.equal([[], [], ['CARRIER_THREAD_ENDED']]);
  });
});
