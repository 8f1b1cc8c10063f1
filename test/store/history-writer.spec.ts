import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { memoryStore, FlowHistory, type StoreBatch } from '#src/store/index.js';
import { HistoryWriter } from '#src/store/history/history-writer.js';
import type { RecordedAttempt } from '#src/store/history/recorded-attempt.js';
import type { RecordedRun } from '#src/store/history/recorded-run.js';
import { RowBuffer } from '#src/store/history/row-buffer.js';
import type { WriterClock } from '#src/store/history/writer-clock.js';
import { MemoryLog } from '../support/memory-log.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { storeWith } from './support/store-with.js';

/** A clock that goes on when it is told to. */
class HandClock implements WriterClock {
  ms = 0;
  readonly #timers: { readonly at: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return 1_700_000_000_000 + this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }

  hold() {
    return { cancel: () => {} };
  }

  later(callback: () => void, ms: number) {
    const timer = { at: this.ms + ms, callback };
    this.#timers.push(timer);
    return { cancel: () => void this.#timers.splice(this.#timers.indexOf(timer) >>> 0, 1) };
  }

  async advance(ms: number): Promise<void> {
    for (const end = this.ms + ms; ;) {
      await settle();
      const [next] = this.#timers.filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at);
      if (next === undefined) {
        this.ms = end;
        return;
      }
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.ms = next.at;
      next.callback();
    }
  }
}

describe('how a history writes', () => {
  const bench = useFlows();

  it('H7 a store that is down fails no start and no run; all is there once it is up', async () => {
    let down = 3;
    const store = memoryStore();
    const history = new FlowHistory(
      storeWith(
        { open: (init) => (down-- > 0 ? Promise.reject(new Error('connect ECONNREFUSED')) : store.open(init)) },
        store,
      ),
    );
    const flow = await bench.run(line(pass('Only')), { history });
    expect(await flow.call('x', { traceId: 't' })).to.equal('x');
    await history.flush();
    expect((await history.list()).runs.map(({ traceId }) => traceId)).to.deep.equal(['t']);
    const told = bench.log.lines.filter(({ message }) => message.startsWith('history_'));
    expect(told.map(({ level, message }) => [level, message])).to.deep.equal([
      ['error', 'history_degraded'],
      ['info', 'history_recovered'],
    ]);
    await bench.stopAll();
    await history.close();
  });

  it('H6 H7 a batch that a store could not write is written later, once', async () => {
    const store = memoryStore();
    const numbers: number[] = [];
    let fails = 2;
    const history = new FlowHistory(
      storeWith(
        {
          write: async (batch: StoreBatch) => {
            numbers.push(batch.number);
            const outcome = await store.write(batch);
            // It was written, and the answer was lost.
            if (fails-- > 0) throw new Error('connection reset');
            return outcome;
          },
        },
        store,
      ),
    );
    const flow = await bench.run(line(pass('Only')), { history });
    await flow.call('x');
    await history.flush();
    await flow.call('y');
    await history.flush();
    expect(numbers).to.deep.equal([1, 1, 1, 2]);
    const { runs } = await history.list();
    expect(runs.map(({ status, attempts }) => [status, attempts])).to.deep.equal([
      ['succeeded', 1],
      ['succeeded', 1],
    ]);
    await bench.stopAll();
    await history.close();
  });

  it('H7 a row that no store takes is left out and counted, and takes nothing else with it', async () => {
    const store = memoryStore();
    const history = new FlowHistory(
      storeWith(
        {
          write: (batch: StoreBatch) => {
            const bad = batch.labels?.find(({ value }) => value === 'poison');
            if (bad === undefined) return store.write(batch);
            const metadata = { table: 'labels', runId: bad.runId };
            return Promise.reject(new FlowError('STORE_ROW_REFUSED', { message: 'no', metadata }));
          },
        },
        store,
      ),
    );
    const flow = await bench.run(line(pass('Only')), { history });
    for (const order of ['1', 'poison', '3', '4', '5'])
      await flow.call(order, { labels: { order, more: order.slice(0, 1) } });
    await history.flush();
    const { runs } = await history.list();
    expect(runs).to.have.length(5);
    const labels = await Promise.all(runs.map(async (run) => (await history.run({ runId: run.runId }))?.labels.length));
    expect(labels.toReversed()).to.deep.equal([2, 1, 2, 2, 2]);
    expect(await history.stats()).to.include({ rejectedRows: 1, waitingRows: 0 });
    await bench.stopAll();
    await history.close();
  });

  it('H4 a store that is slower than the flow costs whole runs, counted and told once; those it has are whole', async () => {
    const store = memoryStore();
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const history = new FlowHistory(
      storeWith({ write: (batch: StoreBatch) => held.then(() => store.write(batch)) }, store),
      { bufferRows: 200 },
    );
    const two = node('Two', (payload) => payload);
    const flow = await bench.run(line(pass('One'), two), { history });
    for (let n = 0; n < 100; n++) await flow.call(n);
    const { shedTraces } = await history.stats();
    expect(shedTraces).to.be.within(40, 80);
    letGo();
    await history.flush();
    const { runs } = await history.list({ limit: 200 });
    expect(runs.length + shedTraces).to.equal(100);
    for (const { runId, attempts, rowsLeftOut } of runs) {
      expect([attempts, rowsLeftOut]).to.deep.equal([2, 0]);
      expect((await history.run({ runId }))?.attempts).to.have.length(2);
    }
    expect(bench.log.lines.filter(({ message }) => message === 'history_shed')).to.have.length(1);
    await flow.call('again');
    await history.flush();
    expect((await history.list({ limit: 200 })).runs).to.have.length(runs.length + 1);
    await bench.stopAll();
    await history.close();
  });

  it('H5 a run that is not recorded and fails has its row all the same, which says how much it lacks', async () => {
    const store = memoryStore();
    let letGo: () => void = () => {};
    const away = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const history = new FlowHistory(
      storeWith({ write: (batch: StoreBatch) => away.then(() => store.write(batch)) }, store),
      { bufferRows: 64 },
    );
    const picky = node('Picky', (payload) => {
      if (payload === 'bad') throw new Error('no');
      return payload;
    });
    const flow = await bench.run(line(pass('One'), picky), { history });
    for (let n = 0; n < 20; n++) await flow.call(n);
    const { shedTraces: before } = history.figures();
    expect(before).to.be.greaterThan(0);
    await flow.call('bad', { traceId: 'bad' }).catch(() => {});
    expect(history.figures()).to.include({ shedTraces: before + 1, rowsLeftOut: 0 });
    letGo();
    await history.flush();
    const { runs } = await history.list({ traceId: 'bad' });
    expect(runs[0]).to.include({ status: 'failed', errorNode: 'Picky', errorCode: 'NODE_EXCEPTION' });
    expect(runs[0]?.rowsLeftOut).to.be.greaterThan(1);
    expect((await history.run({ traceId: 'bad' }))?.attempts).to.deep.equal([]);
    expect((await history.list({ limit: 100 })).runs).to.have.length(20 - before + 1);
    await bench.stopAll();
    await history.close();
  });

  it('H4 a run that finds no room for its rows says how many it lacks; its end is there', async () => {
    const buffer = new RowBuffer(32, 1_000);
    const run = { rowsLeftOut: 0, number: 1 } as RecordedRun;
    const attempt = { writeTo: () => {} } as unknown as RecordedAttempt;
    for (let n = 0; n < 40; n++) buffer.addAttempt(run, attempt, false);
    expect(run.rowsLeftOut).to.equal(10);
    buffer.addAttempt(run, attempt, true);
    expect(run.rowsLeftOut).to.equal(10);
    expect(buffer.add('lines', run, {} as never)).to.equal(false);
    expect(buffer.takesRuns).to.equal(false);
    expect(buffer.addPayload(run, { messageId: '1', bytes: new Uint8Array(2_000) })).to.equal(false);
    expect(buffer.counts).to.deep.equal({ shedTraces: 0, rowsLeftOut: 11, payloadsLeftOut: 1 });
  });

  it('H6 H15 batches are small, and a run is whole in one where that is possible', async () => {
    const store = memoryStore();
    const batches: StoreBatch[] = [];
    const history = new FlowHistory(
      storeWith(
        {
          write: (batch: StoreBatch) => {
            batches.push(batch);
            return store.write(batch);
          },
        },
        store,
      ),
    );
    const flow = await bench.run(line(pass('One'), pass('Two')), { history });
    for (let n = 0; n < 1_000; n++) await flow.call(n);
    await history.flush();
    const sizes = batches.map(({ runs = [], attempts = [] }) => runs.length + attempts.length);
    expect(Math.max(...sizes)).to.be.at.most(500);
    // One that was under way in the middle may be there twice.
    expect(sizes.reduce((sum, size) => sum + size)).to.be.within(3_000, 3_050);
    for (const { runs = [], attempts = [] } of batches) {
      // One that has just begun may be there before its attempts.
      const ids = runs.map(({ runId }) => runId);
      expect(attempts.filter(({ runId }) => !ids.includes(runId))).to.deep.equal([]);
    }
    await bench.stopAll();
    await history.close();
  });

  describe('with others at the same store', () => {
    const settings = { flushMs: 50, keep: {} };

    it('H11 ends the runs of one that is still for 20 s by its own clock, and tells of each', async () => {
      const store = memoryStore();
      const clock = new HandClock();
      const log = new MemoryLog();
      const other = await store.open({
        instance: 'other',
        host: 'elsewhere',
        bootId: undefined,
        pid: 1,
        version: '1',
        startedMs: 0,
      });
      const run = {
        runId: other.runner * 2 ** 32 + 1,
        flow: 'f',
        traceId: 't',
        tenant: 'acme',
        kind: 'emit',
        status: 'running',
      };
      await store.write({
        ...other,
        number: 1,
        runs: [{ ...run, startedMs: 5, attempts: 0, retries: 0, rowsLeftOut: 0 } as never],
      });
      const writer = new HistoryWriter(store, new RowBuffer(100, 100), settings, '1', () => log, clock);
      await writer.open();
      await clock.advance(19_000);
      expect(writer.state.interrupted).to.equal(0);
      await clock.advance(10_000);
      expect(writer.state.interrupted).to.equal(1);
      expect((await store.list()).runs[0]).to.include({ status: 'interrupted' });
      const [told] = log.lines;
      expect(told).to.include({ level: 'warn', message: 'trace_interrupted' });
      expect(told?.reserved).to.include({ trace_id: 't', flow_name: 'f', tenant: 'acme' });
      await writer.close();
    });

    it('H11 one that was taken for dead goes on, and what it writes counts again', async () => {
      const store = memoryStore();
      const history = new FlowHistory(store);
      const { node: hangs, calls } = held('Hangs');
      const flow = await bench.run(line(hangs), { history });
      const call = flow.call('x');
      await settle();
      await history.flush();
      const [run] = (await store.list()).runs;
      const { others } = await store.heartbeat({ runner: 99, epoch: 1, instance: 'nobody' });
      const [own] = others;
      await store.claimDead(
        [{ runner: own?.runner as number, epoch: own?.epoch as number, beat: own?.beat as number }],
        1,
      );
      expect((await store.list()).runs[0]?.status).to.equal('interrupted');
      calls[0]?.resolve('done');
      await call;
      await history.flush();
      const [after] = (await store.list()).runs;
      expect(after).to.include({ runId: run?.runId, status: 'succeeded' });
      await bench.stopAll();
      await history.close();
    });
  });

  it("H7 H11 where its number is another's now, it writes the same rows under a new one", async () => {
    const store = memoryStore();
    let lost = false;
    const history = new FlowHistory(
      storeWith(
        {
          write: (batch: StoreBatch) => (lost && batch.runner === 1 ? Promise.resolve('claimed') : store.write(batch)),
          heartbeat: (runner) =>
            lost && runner.runner === 1 ? Promise.resolve({ epoch: undefined, others: [] }) : store.heartbeat(runner),
        },
        store,
      ),
    );
    const { node: hangs, calls } = held('Hangs', { concurrency: 2 });
    const flow = await bench.run(line(hangs), { history });
    const open = flow.call('open', { traceId: 'open' });
    await settle();
    await history.flush();
    lost = true;
    const other = flow.call('new', { traceId: 'new' });
    await settle();
    for (const { resolve } of calls) resolve('done');
    await Promise.all([open, other]);
    await history.flush();
    const runs = (await history.list()).runs.filter(({ runId }) => runId > 2 ** 33);
    expect(runs.map(({ traceId, status }) => [traceId, status])).to.have.deep.members([
      ['open', 'succeeded'],
      ['new', 'succeeded'],
    ]);
    for (const { runId } of runs) expect((await history.run({ runId }))?.attempts).to.have.length(1);
    await bench.stopAll();
    await history.close();
  });

  it('H7 H11 so it does with batches that were made before, also where a try in between fails', async () => {
    const store = memoryStore();
    let lost = false;
    let failures = 2;
    const history = new FlowHistory(
      storeWith(
        {
          write: (batch: StoreBatch) => {
            if (lost && batch.runner === 1) return Promise.resolve('claimed');
            return lost && failures-- > 0 ? Promise.reject(new Error('reset')) : store.write(batch);
          },
          heartbeat: (runner) =>
            lost && runner.runner === 1 ? Promise.resolve({ epoch: undefined, others: [] }) : store.heartbeat(runner),
        },
        store,
      ),
      { flushMs: 60_000 },
    );
    const flow = await bench.run(line(pass('One')), { history });
    await history.flush();
    lost = true;
    for (let n = 0; n < 600; n++) await flow.call(n);
    await history.flush();
    const { runs } = await history.list({ limit: 1_000 });
    expect(runs).to.have.length(600);
    expect(runs.every(({ runId, status }) => runId > 2 ** 33 && status === 'succeeded')).to.equal(true);
    await bench.stopAll();
    await history.close();
  });

  it('H8 a store that is away keeps a program that has nothing left to do once, and what is lost is said', async () => {
    const clock = new HandClock();
    const log = new MemoryLog();
    const buffer = new RowBuffer(100, 100);
    const away = storeWith({ open: () => Promise.reject(new Error('connect ECONNREFUSED')) });
    const writer = new HistoryWriter(away, buffer, { flushMs: 50, keep: {} }, '1', () => log, clock);
    buffer.addPlan({ hash: 'h', flow: 'f', json: '{}' });
    const lost = (): unknown[] => log.lines.filter(({ message }) => message === 'history_lost');
    const first = writer.flushBeforeExit();
    await clock.advance(29_000);
    expect(lost()).to.deep.equal([]);
    await clock.advance(2_000);
    await first;
    expect(lost()).to.have.length(1);
    // The process is idle again, and asks again.
    await writer.flushBeforeExit();
    expect(lost()).to.have.length(1);
  });

  it('H13 deletes what is too old, also while little happens', async () => {
    const store = memoryStore();
    const history = new FlowHistory(store, { keep: { maxRuns: 3 } });
    const flow = await bench.run(line(pass('Only')), { history });
    for (let n = 0; n < 9; n++) await flow.call(n);
    await history.flush();
    expect((await history.list()).runs).to.have.length(3);
    await bench.stopAll();
    await history.close();
  });
});
