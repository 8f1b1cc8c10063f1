import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FlowError, type NodeContext } from '#src/index.js';
import { FlowHistory, memoryStore, sqliteStore, type FlowHistoryOptions, type FlowStore } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, node, pass } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';
import { newFile } from './sqlite/support/sqlite-target.js';
import { storeWith } from './support/store-with.js';
import { useHistories } from './support/use-histories.js';

const run = promisify(execFile);

describe('a history in trouble', () => {
  const bench = useFlows();
  const histories = useHistories(bench);
  const historyOf = (store: FlowStore, options: FlowHistoryOptions = {}): FlowHistory => histories.of(options, store);

  it('H3 H13 what happens while it tidies up waits no longer, and a flush does not wait for the tidying', async () => {
    const store = memoryStore();
    let isTidied: () => void = () => {};
    const tidying = new Promise<void>((resolve) => {
      isTidied = resolve;
    });
    const prune = (): Promise<never> => tidying.then(() => ({ deleted: 0, more: false }) as never);
    const history = historyOf(storeWith({ prune }, store), { keep: { maxRuns: 1_000 }, flushMs: 1 });
    const flow = await bench.run(line(pass('One')), { history });
    await flow.call(1);
    await history.flush();
    await flow.call(2);
    await history.flush();
    expect((await store.list()).runs).to.have.length(2);
    isTidied();
  });

  it('H13 tidying that fails is told, and fails neither a flush nor the end', async () => {
    const store = memoryStore();
    let isClosed = false;
    const history = new FlowHistory(
      storeWith(
        {
          prune: () => Promise.reject(new Error('database is locked')),
          close: async (atMs) => {
            isClosed = true;
            await store.close(atMs);
          },
        },
        store,
      ),
      { keep: { maxRuns: 10 } },
    );
    const flow = await bench.run(line(pass('One')), { history });
    await flow.call(1);
    await history.flush();
    await settle();
    expect(bench.log.lines.map(({ message }) => message)).to.include('history_degraded');
    await bench.stopAll();
    await history.close();
    expect(isClosed).to.equal(true);
  });

  it('H7 H9b a redaction that fails costs the words of an error, and no row', async () => {
    for (const redact of [
      (value: unknown): unknown => JSON.parse(value as string),
      (): unknown => Object.create(null),
    ]) {
      const history = historyOf(memoryStore(), { redact });
      const flow = await bench.run(line(failing('Price')), { history });
      await flow.call('bad').catch(() => {});
      await flow.call('again').catch(() => {});
      await history.flush();
      const { runs } = await history.list();
      expect(runs.map(({ status, errorNode }) => [status, errorNode])).to.deep.equal([
        ['failed', 'Price'],
        ['failed', 'Price'],
      ]);
      expect(runs[0]?.errorMessage).to.match(/could not be shown|object Object/);
    }
  });

  it('H7 H8 a store that fails for a moment does not end a program that waits for it', async () => {
    const program = `
      import 'reflect-metadata';
      import { createFlow, Flow, Node, start } from '#src/index.js';
      import { FlowHistory, memoryStore } from '#src/store/index.js';
      class Price { process(x) { return x; } }
      Node()(Price);
      class Orders { graph = start(Price); }
      Flow()(Orders);
      const store = memoryStore();
      const write = store.write.bind(store);
      let fails = 1;
      store.write = async (batch) => { if (fails-- > 0) throw new Error('busy'); return write(batch); };
      const history = new FlowHistory(store);
      const flow = createFlow(Orders, { history });
      await flow.run();
      await flow.call(1);
      await history.flush();
      console.log((await history.list()).runs.length, 'stored');
      await flow.stop();
      await history.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--no-warnings', '-e', program]);
    expect(stdout.trim()).to.equal('1 stored');
  }).timeout(30_000);

  it('H8 a program that ends by itself waits for rows that are on their way to a store that fails for a moment', async () => {
    const program = `
      import 'reflect-metadata';
      import { createFlow, Flow, Node, start } from '#src/index.js';
      import { FlowHistory, memoryStore } from '#src/store/index.js';
      class Price { process(x) { return x; } }
      Node()(Price);
      class Orders { graph = start(Price); }
      Flow()(Orders);
      const store = memoryStore();
      const write = store.write.bind(store);
      let fails = 3;
      store.write = async (batch) => {
        if (fails-- > 0) throw new Error('busy');
        const outcome = await write(batch);
        console.log((await store.list()).runs.length, 'stored');
        return outcome;
      };
      const flow = createFlow(Orders, { history: new FlowHistory(store) });
      await flow.run();
      await flow.call(1);
      // On its way, and refused already, when there is nothing left to do.
      await new Promise((resolve) => setTimeout(resolve, 120));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--no-warnings', '-e', program]);
    expect(stdout.trim()).to.equal('1 stored');
  }).timeout(30_000);

  it('H7 whoever reads is told why the store does not open, and whoever flushes where it never will', async () => {
    const away = new FlowHistory(storeWith({ open: () => Promise.reject(new Error('connect ECONNREFUSED')) }));
    const said = (error: unknown): string => (error as Error).message;
    expect(await away.list().catch(said)).to.equal('connect ECONNREFUSED');
    expect(await away.run({ traceId: 't' }).catch(said)).to.equal('connect ECONNREFUSED');
    const nowhere = new FlowHistory(sqliteStore({ file: newFile(), worker: new URL('file:///none.js') }));
    expect(await codeOf(nowhere.list())).to.equal('STORE_WORKER_MISSING');
    expect(await codeOf(nowhere.flush())).to.equal('STORE_WORKER_MISSING');
  });

  it('H2 what is no store is refused at once', () => {
    for (const store of [undefined, null, {}, memoryStore, Promise.resolve(memoryStore()), 'memory'] as never[]) {
      expect(() => new FlowHistory(store))
        .to.throw(FlowError, 'Expected `store` of FlowHistory')
        .with.property('code', 'INVALID_OPTION');
    }
  });

  it('H8 a flush ends while more comes in all the time', async () => {
    const store = memoryStore();
    const load = { goesOn: true };
    const history = historyOf(storeWith({ write: (batch) => turn().then(() => store.write(batch)) }, store));
    const flow = await bench.run(line(pass('One')), { history });
    const loading = (async () => {
      // Faster than the store: a chunk is full again each time.
      for (let n = 0; load.goesOn; n++) {
        for (let each = 0; each < 600; each++) await flow.call(n);
        await settle();
      }
    })();
    await settle();
    expect(await history.forget({ tenant: 'nobody' })).to.equal(0);
    load.goesOn = false;
    await loading;
  });

  it('H5 no more than bufferRows wait, also when many runs end at once; they have their end later', async () => {
    const store = memoryStore();
    let gate = Promise.resolve();
    let letGo: () => void = () => {};
    const history = historyOf(storeWith({ write: (batch) => gate.then(() => store.write(batch)) }, store), {
      bufferRows: 200,
    });
    const { node: hangs, calls } = held('Hangs', { concurrency: 1_000 });
    const flow = await bench.run(line(hangs), { history });
    const sent: Promise<unknown>[] = [];
    for (let n = 0; n < 400; n++) {
      sent.push(flow.call(n));
      if (n % 40 === 39) {
        await settle();
        await history.flush();
      }
    }
    gate = new Promise((resolve) => {
      letGo = resolve;
    });
    for (const { resolve } of calls) resolve('done');
    await Promise.all(sent);
    expect(history.figures().waitingRows).to.be.at.most(200);
    letGo();
    for (let flushes = 0; flushes < 10; flushes++) await history.flush();
    const { runs } = await history.list({ limit: 1_000 });
    expect(runs.map(({ status }) => status)).to.deep.equal(runs.map(() => 'succeeded'));
    expect(runs.length + history.figures().shedTraces).to.equal(400);
    expect(history.figures().waitingRows).to.equal(0);
  });

  it('H7 a run that a store does not take costs nothing else when the number of the runner changes', async () => {
    const store = memoryStore();
    let isLost = false;
    const refusing = async (batch: Parameters<FlowStore['write']>[0]): ReturnType<FlowStore['write']> => {
      if (isLost && batch.runner === 1) return 'claimed';
      const bad = batch.runs?.find(({ traceId }) => traceId === 'poison');
      if (bad === undefined) return store.write(batch);
      throw new FlowError('STORE_ROW_REFUSED', { message: 'no', metadata: { table: 'runs', runId: bad.runId } });
    };
    const history = historyOf(
      storeWith(
        {
          write: refusing,
          heartbeat: (runner) =>
            isLost && runner.runner === 1 ? Promise.resolve({ epoch: undefined, others: [] }) : store.heartbeat(runner),
        },
        store,
      ),
    );
    const { node: hangs, calls } = held('Hangs', { concurrency: 9 });
    const flow = await bench.run(line(hangs), { history });
    const sent = ['poison', 'a', 'b'].map((traceId) => flow.call('x', { traceId }));
    await settle();
    await history.flush();
    isLost = true;
    for (const { resolve } of calls) resolve('done');
    await Promise.all(sent);
    await history.flush();
    const runs = (await history.list()).runs.filter(({ runId }) => runId > 2 ** 33);
    expect(runs.map(({ traceId, status }) => [traceId, status])).to.have.deep.members([
      ['a', 'succeeded'],
      ['b', 'succeeded'],
    ]);
    for (const { runId } of runs) expect((await history.run({ runId }))?.attempts).to.have.length(1);
  });

  it('H1 H11 the row of a run that goes on says what has failed, and its counts once a second', async () => {
    const history = historyOf(memoryStore());
    const loops = node(
      'Loops',
      async (payload, ctx: NodeContext) => {
        await ctx.sleep(2);
        if (ctx.attempt < 2) throw new Error('again');
        return payload;
      },
      { maxRetries: 2, backoffBaseS: 0.001 },
    );
    const flow = await bench.run(line(pass('One'), loops), { history });
    const call = flow.call('x', { traceId: 'x' });
    await settle();
    await history.flush();
    await bench.clock.advance(2_500);
    await history.flush();
    const [under] = (await history.list()).runs;
    expect(under).to.include({ status: 'running', attempts: 3, retries: 1 });
    await bench.clock.advance(10_000);
    await call;
  });

  it('H11 after its end a history records nothing, and a run that was under way is there once', async () => {
    const store = memoryStore();
    const history = new FlowHistory(store);
    const { node: hangs, calls } = held('Hangs');
    const flow = await bench.run(line(hangs), { history });
    const call = flow.call('x', { traceId: 'x' });
    await settle();
    await history.close();
    calls[0]?.resolve('done');
    await call;
    await flow.emit('late');
    await bench.stopAll();
    const reader = historyOf(store);
    const { runs } = await reader.list();
    expect(runs.map(({ traceId, status }) => [traceId, status])).to.deep.equal([['x', 'interrupted']]);
  });

  it('H9b a seal that gives no bytes keeps nothing, and says so', async () => {
    for (const seal of [
      (bytes: Uint8Array) => Promise.resolve(bytes),
      () => Promise.reject(new Error('no')),
      () => 'x',
    ]) {
      const history = historyOf(memoryStore(), {
        payloads: 'all',
        seal: { seal: seal as never, open: (bytes) => bytes },
      });
      const flow = await bench.run(line(pass('One')), { history });
      await flow.call('secret');
      await history.flush();
      const [stored] = (await history.list()).runs;
      const detail = await history.run({ runId: stored?.runId as number });
      expect(detail?.messages[0]?.notKept).to.contain('gave no bytes');
      expect(detail?.messages[0]?.payloadBytes).to.equal(undefined);
    }
  });

  it('H2 H9 a payload that is too large is given up as soon as that is known', async () => {
    let looked = 0;
    const items = Array.from({ length: 10_000 }, () =>
      Object.defineProperty({}, 'n', {
        enumerable: true,
        get: () => {
          looked++;
          return 1;
        },
      }),
    );
    const history = historyOf(memoryStore(), { maxPayloadBytes: 1_000 });
    const flow = await bench.run(line(failing('Price')), { history });
    await flow.call(items).catch(() => {});
    await history.flush();
    const detail = await history.run({ runId: (await history.list()).runs[0]?.runId as number });
    expect(detail?.messages[0]).to.include({ preview: undefined });
    expect(detail?.messages[0]?.notKept).to.contain('more than the 1000 bytes');
    expect(looked).to.be.lessThan(1_000);
  });
});
