import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createFlow, Flow, type PenguiFlow } from '#src/index.js';
import { FlowHistory, sqliteStore } from '#src/store/index.js';
import { heapAfterGc } from '../support/heap-after-gc.js';
import { line, node, pass } from '../support/nodes.js';
import { deleteFile, newFile } from './sqlite/support/sqlite-target.js';
import { storeWith } from './support/store-with.js';
import { examineRuns } from './support/whole-runs.js';

/** `PENGUIFLOW_SLOW_STORE_S=20` for longer. */
const LOAD_MS = 1_000 * Number(process.env['PENGUIFLOW_SLOW_STORE_S'] ?? 5);

/** Sends one call after the other; gives how many. */
async function load(flow: PenguiFlow<number>, delay: IntervalHistogram, ms: number, from: number): Promise<number> {
  let calls = 0;
  delay.enable();
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {
    for (let n = 0; n < 50; n++) await flow.call(from + calls++).catch(() => {});
    await turn();
  }
  // The garbage collection that follows is the test's own.
  delay.disable();
  return calls;
}

describe('a history in a file that takes a hundred times as long', function () {
  this.timeout(120_000);

  it('H2 H4 H5 holds neither memory nor the event loop, and what it has is whole and counted', async () => {
    const file = newFile();
    const store = sqliteStore({ file });
    let isSlow = true;
    const slowly = async <Outcome>(write: () => Promise<Outcome>): Promise<Outcome> => {
      const startMs = performance.now();
      const outcome = await write();
      if (isSlow) await pause(99 * (performance.now() - startMs));
      return outcome;
    };
    const slow = storeWith(
      {
        write: (batch) => slowly(() => store.write(batch)),
        writePacked: (batch) => slowly(() => store.writePacked!(batch)),
      },
      store,
    );
    const history = new FlowHistory(slow, { bufferRows: 16_384 });
    const picky = node('Picky', (n: number) => {
      if (n % 10_000 === 9_999) throw new Error('no');
      return n;
    });
    class Load {
      readonly graph = line(pass('One'), pass('Two'), picky);
    }
    Flow({ name: 'load-on-a-slow-store' })(Load);
    class Bare {
      readonly graph = line(pass('One'), pass('Two'), picky);
    }
    Flow({ name: 'load-without-a-history' })(Bare);
    const flow = createFlow(Load, { history });
    const bare = createFlow(Bare);
    for (const each of [flow, bare]) {
      each.on('node_failed', () => {});
      await each.run();
    }
    const [delay, delayWithout] = [monitorEventLoopDelay({ resolution: 5 }), monitorEventLoopDelay({ resolution: 5 })];
    const heaps: number[] = [];
    let calls = 0;
    for (let quarter = 1; quarter <= 4; quarter++) {
      calls += await load(flow as PenguiFlow<number>, delay, LOAD_MS / 4, calls);
      await load(bare as PenguiFlow<number>, delayWithout, LOAD_MS / 16, 0);
      heaps.push(heapAfterGc());
    }
    await bare.stop();
    const { shedTraces, waitingRows } = history.figures();
    expect(waitingRows).to.be.at.most(16_384);
    isSlow = false;
    await flow.stop();
    await history.flush();
    const runs = await examineRuns(history);
    expect(runs.filter(({ rowsLeftOut }) => rowsLeftOut === 0).length + shedTraces).to.equal(calls);
    expect(runs.filter(({ status }) => status === 'failed')).to.have.length(Math.floor(calls / 10_000));
    expect(shedTraces).to.be.greaterThan(calls / 2);
    await history.close();
    deleteFile(file);
    expect((heaps.at(-1) as number) - (heaps[0] as number)).to.be.lessThan(4 * 2 ** 20);
    // Each batch that holds up the loop would be seen here; what a busy machine does is seen without a history as well.
    const [stallMs, stallMsWithout] = [delay, delayWithout].map((each) => each.percentile(99) / 1e6) as [
      number,
      number,
    ];
    expect(stallMs).to.be.lessThan(Math.max(50, 2 * stallMsWithout));
  });
});
