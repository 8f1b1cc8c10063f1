import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { FlowHistory, memoryStore, type StoredRun } from '#src/store/index.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { heapAfterGc } from '../support/heap-after-gc.js';
import { line, node, pass } from '../support/nodes.js';
import { BatchGate } from './support/batch-gate.js';
import { examineRuns } from './support/whole-runs.js';

const MANY = 1_000_000;

/** Fails on the numbers that are asked for. */
function picky(isBad: (n: number) => boolean) {
  return node('Picky', (n: number) => {
    if (isBad(n)) throw new Error('no');
    return n;
  });
}

async function callAll(flow: TestFlow, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) await flow.call(n, { traceId: `t${n}` }).catch(() => {});
}

describe('a history whose store is slower than the flow', function () {
  this.timeout(60_000);
  const bench = useFlows();

  it('H2 H4 H5 at a hundredth of the speed: the heap stays as it is, what is recorded is whole, and all is counted', async () => {
    const ROUNDS = 200;
    const RUNS = 400;
    const gate = new BatchGate(memoryStore({ maxRuns: MANY }));
    const history = new FlowHistory(gate.store, { bufferRows: 4_096, flushMs: 1 });
    const flow = await bench.run(
      line(
        pass('One'),
        picky((n) => n % 1_000 === 999),
      ),
      { history },
    );
    const heaps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await callAll(flow, round * RUNS, RUNS);
      // Three rows each, of which one in a hundred goes in: 500 every 42 rounds.
      if (round % 42 === 41) gate.open(1);
      await turn();
      expect(history.figures().waitingRows).to.be.at.most(4_096);
      if (round % 40 === 39) heaps.push(heapAfterGc());
    }
    const { shedTraces } = history.figures();
    gate.open();
    await history.flush();
    const runs = await examineRuns(history);
    const failed = runs.filter(({ status }) => status === 'failed');
    expect(failed.map(({ traceId }) => traceId).toReversed()).to.deep.equal(
      Array.from({ length: (ROUNDS * RUNS) / 1_000 }, (_, index) => `t${index * 1_000 + 999}`),
    );
    const isShed = (run: StoredRun): boolean => run.rowsLeftOut > 0;
    expect(runs.filter((run) => !isShed(run)).length + shedTraces).to.equal(ROUNDS * RUNS);
    expect(runs.filter((run) => isShed(run) && run.status !== 'failed')).to.deep.equal([]);
    expect(shedTraces).to.be.greaterThan(ROUNDS * RUNS * 0.9);
    const grown = (heaps.at(-1) as number) - (heaps[0] as number);
    expect(grown).to.be.lessThan(2 * 2 ** 20);
  });

  it('H4 H5 no more waits than the buffer has room for, also when every run fails', async () => {
    const gate = new BatchGate(memoryStore({ maxRuns: MANY }));
    const history = new FlowHistory(gate.store, { bufferRows: 1_000, flushMs: 1 });
    const flow = await bench.run(
      line(
        pass('One'),
        picky(() => true),
      ),
      { history },
    );
    for (let from = 0; from < 10_000; from += 500) {
      await callAll(flow, from, 500);
      await turn();
      expect(history.figures().waitingRows).to.be.at.most(1_000);
    }
    const { shedTraces, rowsLeftOut } = history.figures();
    gate.open();
    await history.flush();
    const runs = await examineRuns(history);
    expect(runs.every(({ status }) => status === 'failed')).to.equal(true);
    expect(runs.length + rowsLeftOut).to.equal(10_000);
    expect(runs.filter((run) => run.rowsLeftOut > 0).length + rowsLeftOut).to.equal(shedTraces);
    await flow.call(1, { traceId: 'later' }).catch(() => {});
    await history.flush();
    expect(await history.run({ traceId: 'later' })).to.have.nested.property('run.rowsLeftOut', 0);
  });

  it('H2 what waited is handed over in pieces that hold up the event loop for less than 50 ms', async () => {
    // What the process computes counts, not what goes by: others may use the machine.
    const longestMs: number[] = [];
    for (let tries = 0; tries < 3; tries++) {
      const gate = new BatchGate(memoryStore({ maxRuns: MANY }));
      const history = new FlowHistory(gate.store, { flushMs: 1 });
      const flow = await bench.run(line(pass('One'), pass('Two'), pass('Three'), pass('Four'), pass('Five')), {
        history,
      });
      for (let n = 0; history.figures().shedTraces === 0; n++) await flow.call(n);
      let before = process.cpuUsage();
      gate.open();
      let longest = 0;
      const drain = { isOver: false };
      const over = history.flush().finally(() => {
        drain.isOver = true;
      });
      for (; !drain.isOver; before = process.cpuUsage()) {
        await turn();
        const { user, system } = process.cpuUsage(before);
        longest = Math.max(longest, (user + system) / 1_000);
      }
      await over;
      longestMs.push(longest);
      await flow.stop();
      await history.close();
    }
    expect(Math.min(...longestMs)).to.be.lessThan(50);
  });
});
