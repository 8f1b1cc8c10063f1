import { setTimeout as passed } from 'node:timers/promises';

import { expect } from 'chai';
import { FlowHistory, postgresStore } from '#src/store/index.js';

import { useFlows, type TestFlow } from '../../support/flows.js';
import type { MemoryLog } from '../../support/memory-log.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { line, pass } from '../../support/nodes.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { OwnServer, POSTGRES_PROGRAMS } from './support/own-server.js';
import { dropSchema, newSchema, POSTGRES } from './support/postgres-target.js';

const NODES = ['Price', 'Charge'];

describeWithTool(POSTGRES_PROGRAMS, 'a history on a Postgres server that is restarted under load', function () {
  this.timeout(60_000);
  const bench = useFlows();
  let server: OwnServer;
  beforeEach(async () => {
    server = await OwnServer.start();
  });
  afterEach(() => server.end());

  for (const how of ['fast', 'immediate'] as const) {
    it(`H6 H7 H8 ${how}: the flow goes on, nothing is lost or doubled, and one line each says that it was away and is back`, async () => {
      const history = new FlowHistory(postgresStore({ url: server.url }), { flushMs: 10 });
      const flow = await bench.run(line(...NODES.map((name) => pass(name))), { history });
      const load = new Load(flow);
      await until(async () => (await history.stats()).runs > 50);
      await server.stop(how);
      await until(() => linesOf(bench.log, 'history_degraded').length > 0);
      // While there is no server.
      await load.more(300);
      await server.start();
      await until(() => linesOf(bench.log, 'history_recovered').length > 0);
      await load.more(300);
      const calls = await load.end();
      await expectAll(history, calls);
      expect(linesOf(bench.log, 'history_degraded')).to.deep.equal(['error']);
      expect(linesOf(bench.log, 'history_recovered')).to.deep.equal(['info']);
      await flow.stop();
      await history.close();
    });
  }

  it('H7 H8 a server that comes up after the flow gets everything', async () => {
    await server.stop('fast');
    const history = new FlowHistory(postgresStore({ url: server.url }), { flushMs: 10 });
    const flow = await bench.run(line(...NODES.map((name) => pass(name))), { history });
    const load = new Load(flow);
    await load.more(100);
    await until(() => linesOf(bench.log, 'history_degraded').length > 0);
    await server.start();
    await expectAll(history, await load.end());
    await flow.stop();
    await history.close();
  });
});

describeWithTool(POSTGRES, 'a history on Postgres whose connection is cut', function () {
  this.timeout(60_000);
  const bench = useFlows();

  for (const cut of ['after', 'before'] as const) {
    it(`H6 H7 ${cut} COMMIT, five times under load: nothing is lost or doubled`, async () => {
      const schema = newSchema();
      const proxy = await CuttingProxy.listen();
      try {
        const history = new FlowHistory(postgresStore({ url: proxy.url, schema }), { flushMs: 10 });
        const flow = await bench.run(line(...NODES.map((name) => pass(name))), { history });
        const load = new Load(flow);
        for (let cuts = 1; cuts <= 5; cuts += 1) {
          await load.more(20);
          const { batches } = await history.stats();
          proxy.cutNext = cut;
          await until(() => proxy.cuts === cuts);
          // The batch that was cut has come again.
          await until(async () => (await history.stats()).batches > batches);
        }
        await expectAll(history, await load.end());
        await flow.stop();
        await history.close();
      } finally {
        await proxy.close();
        await dropSchema(schema);
      }
    });
  }
});

/** Calls of a flow, some at a time, until there are enough. */
class Load {
  readonly #flow: TestFlow;
  readonly #work: Promise<void>;
  #calls = 0;
  #ended = false;

  constructor(flow: TestFlow) {
    this.#flow = flow;
    this.#work = this.#call();
  }

  /** Resolves when so many more have been answered. */
  async more(count: number): Promise<void> {
    const enough = this.#calls + count;
    await until(() => this.#calls >= enough);
  }

  /** @returns how many there were; rejects when one was not answered right */
  async end(): Promise<number> {
    this.#ended = true;
    await this.#work;
    return this.#calls;
  }

  async #call(): Promise<void> {
    while (!this.#ended) {
      const payloads = [1, 2, 3, 4, 5].map((index) => this.#calls + index);
      expect(await Promise.all(payloads.map(async (payload) => this.#flow.call(payload)))).to.deep.equal(payloads);
      this.#calls += payloads.length;
      await passed(5);
    }
  }
}

async function expectAll(history: FlowHistory, calls: number): Promise<void> {
  await history.flush();
  const { runs, running, attempts, shedTraces, rejectedRows, degraded } = await history.stats();
  expect({ runs, running, attempts, shedTraces, rejectedRows, degraded }).to.deep.equal({
    ...{ runs: calls, running: 0, attempts: calls * NODES.length },
    ...{ shedTraces: 0, rejectedRows: 0, degraded: undefined },
  });
}

/** The levels of lines that say so. */
function linesOf(log: MemoryLog, message: string): string[] {
  return log.lines.filter((each) => each.message === message).map(({ level }) => level);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await passed(5);
}
