import { expect } from 'chai';
import { FlowError, type PenguiFlow } from '#src/index.js';
import { memoryStore, type StoreBatch } from '#src/store/index.js';
import type { RecordedAttempt } from '#src/store/history/recorded-attempt.js';
import type { RecordedRun } from '#src/store/history/recorded-run.js';
import { RowBuffer } from '#src/store/history/row-buffer.js';
import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { storeWith } from './support/store-with.js';
import { useHistories } from './support/use-histories.js';

describe('what a history hands to its store', () => {
  const bench = useFlows();
  const histories = useHistories(bench);

  it('H7 the row of a run that no store takes costs that run alone, and no other its attempts', async () => {
    const store = memoryStore();
    const history = histories.of(
      {},
      storeWith(
        {
          write: (batch: StoreBatch) => {
            const bad = batch.runs?.find(({ traceId }) => traceId === 'poison');
            if (bad === undefined) return store.write(batch);
            const metadata = { table: 'runs', runId: bad.runId };
            return Promise.reject(new FlowError('STORE_ROW_REFUSED', { message: 'no', metadata }));
          },
        },
        store,
      ),
    );
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
    const history = histories.of(
      {},
      storeWith(
        {
          write: async (batch: StoreBatch) => {
            const outcome = await store.write(batch);
            if (more) await flows[0]?.emit('another');
            return outcome;
          },
        },
        store,
      ),
    );
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
    const history = histories.of(
      {},
      storeWith({
        run: (ref) => store.run(ref),
        close: (atMs) => store.close(atMs),
        write: (batch: StoreBatch) => (isLost ? Promise.resolve('claimed') : store.write(batch)),
        heartbeat: async (runner) => (isLost ? { epoch: undefined, others: [] } : store.heartbeat(runner)),
        open: (init) => {
          if (isLost) store = memoryStore();
          isLost = false;
          return store.open(init);
        },
      }),
    );
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
