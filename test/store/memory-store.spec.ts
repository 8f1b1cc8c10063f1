import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { memoryStore, runIdOf, runnerOf, RUNS_PER_RUNNER, MAX_RUNNERS, type RunRow } from '#src/store/index.js';

import { thrownBy } from '../support/thrown-by.js';

describe('memoryStore', () => {
  it('H13 keeps maxRuns runs and not one more, the failed ones longest', async () => {
    const store = memoryStore({ maxRuns: 40 });
    const { runner, epoch } = await store.open(INIT);
    for (let number = 1; number <= 200; number += 1) {
      const status = number % 10 === 0 ? 'failed' : 'succeeded';
      await store.write({ runner, epoch, number, runs: [aRun(runIdOf(runner, number), status)] });
      expect((await store.stats()).runs).to.be.at.most(40);
    }
    expect((await store.list({ status: 'failed' })).runs).to.have.length(20);
    // A twentieth goes at once.
    expect((await store.stats()).runs).to.be.within(38, 40);
  });

  it('H13 lets runs under way stay, however many there are', async () => {
    const store = memoryStore({ maxRuns: 2 });
    const { runner, epoch } = await store.open(INIT);
    const runs = [1, 2, 3, 4].map((number) => aRun(runIdOf(runner, number), number === 4 ? 'succeeded' : 'running'));
    await store.write({ runner, epoch, number: 1, runs });
    expect((await store.list()).runs.map(({ runId }) => runId % RUNS_PER_RUNNER)).to.deep.equal([3, 2, 1]);
  });

  it('H1 has run ids that a number holds exactly', () => {
    const last = runIdOf(MAX_RUNNERS - 1, RUNS_PER_RUNNER - 1);
    expect([last + 1, last, last - 1].map((id) => [Number.isSafeInteger(id), runnerOf(id)])).to.deep.equal([
      [true, MAX_RUNNERS],
      [true, MAX_RUNNERS - 1],
      [true, MAX_RUNNERS - 1],
    ]);
    expect(runIdOf(1, 0) - 1).to.satisfy((id: number) => runnerOf(id) === 0);
  });

  for (const [options, option] of [
    [{ maxRuns: 0 }, 'maxRuns'],
    [{ maxRuns: 1.5 }, 'maxRuns'],
    [{ maxRun: 5 }, 'maxRun'],
    [null, 'options'],
    [[], 'options'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const error = thrownBy(() => memoryStore(options as never));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect((error as FlowError).metadata).to.include({ option, owner: 'memoryStore' });
    });
  }
});

const INIT = { instance: 'one', host: 'iceberg', bootId: undefined, pid: 1, version: '1.0.0', startedMs: 0 };

function aRun(runId: number, status: RunRow['status']): RunRow {
  const startedMs = runId % RUNS_PER_RUNNER;
  return {
    ...{ runId, flow: 'Orders', traceId: `trace-${runId}`, tenant: 'default', kind: 'emit', status, startedMs },
    ...{ endedMs: status === 'running' ? undefined : startedMs + 1, attempts: 1, retries: 0, rowsLeftOut: 0 },
    ...{ errorCode: undefined, errorNode: undefined, errorMessage: undefined, plan: undefined, part: undefined },
    ...{ parentRun: undefined, rootRun: undefined, replayOf: undefined },
  };
}
