import { expect } from 'chai';
import { FlowError, type PenguiFlow } from '#src/index.js';
import { FlowHistory, memoryStore, type FlowStore, type StoreBatch } from '#src/store/index.js';
import type { RecordedAttempt } from '#src/store/history/recorded-attempt.js';
import type { RecordedRun } from '#src/store/history/recorded-run.js';
import { RowBuffer } from '#src/store/history/row-buffer.js';
import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';

describe('what a history hands to its store', () => {
  const bench = useFlows();
  const open: FlowHistory[] = [];

  function historyOf(store: FlowStore): FlowHistory {
    const history = new FlowHistory(store);
    open.push(history);
    return history;
  }

  afterEach(async () => {
    await bench.stopAll();
    for (const history of open.splice(0)) await history.close();
  });

  it('H7 the row of a run that no store takes costs that run alone, and no other its attempts', async () => {
    const store = memoryStore();
    const history = historyOf({
      ...methodsOf(store),
      write: (batch: StoreBatch) => {
        const bad = batch.runs?.find(({ traceId }) => traceId === 'poison');
        if (bad === undefined) return store.write(batch);
        const metadata = { table: 'runs', runId: bad.runId };
        return Promise.reject(new FlowError('STORE_ROW_REFUSED', { message: 'no', metadata }));
      },
    });
    const flow = await bench.run(line(pass('One'), pass('Two')), { history });
    for (const traceId of ['a', 'b', 'poison', 'c', 'd']) await flow.call(traceId, { traceId });
    await history.flush();
    const { runs } = await history.list();
    expect(runs.map(({ traceId }) => traceId).toSorted()).to.deep.equal(['a', 'b', 'c', 'd']);
    const counts = runs.map(async ({ runId }) => (await history.run({ runId }))?.attempts.length);
    expect(await Promise.all(counts)).to.deep.equal([2, 2, 2, 2]);
    expect(await history.stats()).to.include({ rejectedRows: 1 });
  });

  it('H3 an attempt that is under way is told of once it has been for `flushMs`, and of a flush at once', () => {
    const buffer = new RowBuffer(100, 100);
    const told: string[] = [];
    buffer.onFilled = () => told.push('filled');
    let nowMs = 0;
    const attempt = { startedMs: 0, isTold: false, next: undefined, writeTo: () => {} } as unknown as RecordedAttempt;
    const run = {
      ...{ number: 1, isShed: false, firstOpen: attempt, nowMs: () => nowMs },
      ...{ writeTo: () => {}, writeStateTo: () => {}, isStale: () => false },
    } as unknown as RecordedRun;
    buffer.begun(run);
    nowMs = 49;
    expect(buffer.take(50).map(({ size }) => size)).to.deep.equal([1]);
    // It is to be asked again, though nothing else may happen.
    expect([told, buffer.isEmpty]).to.deep.equal([['filled', 'filled'], false]);
    nowMs = 50;
    expect(buffer.take(50).map(({ size }) => size)).to.deep.equal([1]);
    expect([attempt.isTold, buffer.isEmpty]).to.deep.equal([true, true]);
    expect(buffer.take(0)).to.deep.equal([]);
    // One that begins when all else is stored.
    const later = { startedMs: 50, isTold: false, next: undefined, writeTo: () => {} } as unknown as RecordedAttempt;
    run.firstOpen = later;
    buffer.wake();
    expect(told).to.have.length(3);
    expect(buffer.take(0).map(({ size }) => size)).to.deep.equal([1]);
  });

  it('H8 a flush waits for what has happened, and not for what happens meanwhile', async () => {
    const store = memoryStore();
    const flows: PenguiFlow<string>[] = [];
    let more = true;
    const history = historyOf({
      ...methodsOf(store),
      write: async (batch: StoreBatch) => {
        const outcome = await store.write(batch);
        if (more) await flows[0]?.emit('another');
        return outcome;
      },
    });
    const running = await bench.run(line(pass('One')), { history });
    flows.push(running as PenguiFlow<string>);
    await running.call('first', { traceId: 'first' });
    await history.flush();
    more = false;
    expect((await store.list({ traceId: 'first' })).runs[0]).to.include({ status: 'succeeded' });
  });

  it('H7 H15 a store that begins anew, under the same number, knows the runs that are under way', async () => {
    let store = memoryStore();
    let isLost = false;
    const method = (name: keyof FlowStore) => (given: never) => (store[name] as (given: never) => unknown)(given);
    const history = historyOf({
      ...(methodsOf(store, method) as FlowStore),
      write: (batch: StoreBatch) => (isLost ? Promise.resolve('claimed') : store.write(batch)),
      heartbeat: async (runner) => (isLost ? { epoch: undefined, others: [] } : store.heartbeat(runner)),
      open: (init) => {
        if (isLost) store = memoryStore();
        isLost = false;
        return store.open(init);
      },
    });
    const { node: hangs, calls } = held('Hangs');
    const flow = await bench.run(line(pass('One'), hangs), { history });
    const call = flow.call('x', { traceId: 'x' });
    await settle();
    await history.flush();
    isLost = true;
    calls[0]?.resolve('done');
    await call;
    await history.flush();
    const detail = await history.run({ traceId: 'x' });
    expect(detail?.run).to.include({ status: 'succeeded', attempts: 2 });
    // What was stored before is gone with the store.
    expect(detail?.attempts.map(({ node, outcome }) => [node, outcome])).to.deep.equal([['Hangs', 'succeeded']]);
  });
});

const METHODS: readonly (keyof FlowStore)[] = [
  ...(['open', 'close', 'write', 'heartbeat', 'list', 'run', 'payload', 'logs'] as const),
  ...(['claimDead', 'pin', 'prune', 'forget', 'stats'] as const),
];

/** The methods of a store, to put others in their place. */
function methodsOf(store: FlowStore, method = (name: keyof FlowStore): unknown => store[name]!.bind(store)): FlowStore {
  return Object.fromEntries(METHODS.map((name) => [name, method(name)])) as unknown as FlowStore;
}
