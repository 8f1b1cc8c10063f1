import { runIdOf, type FlowStore, type Runner, type RunnerInit, type RunRow } from '#src/store/index.js';

export const INIT: RunnerInit = {
  ...{ instance: 'one', host: 'iceberg', bootId: undefined, pid: 1, version: '1.0.0', startedMs: 0 },
};

/** The run of a runner with this number, which succeeded. */
export function aRun(runner: number, number: number, change: Partial<RunRow> = {}): RunRow {
  return {
    ...{ runId: runIdOf(runner, number), flow: 'Orders', traceId: `trace-${runner}-${number}`, tenant: 'default' },
    ...{ kind: 'emit', status: 'succeeded', startedMs: number, endedMs: number + 1, attempts: 1, retries: 0 },
    ...{ errorCode: undefined, errorNode: undefined, errorMessage: undefined, plan: undefined, part: undefined },
    ...{ parentRun: undefined, rootRun: undefined, replayOf: undefined, rowsLeftOut: 0 },
    ...change,
  };
}

/** Opens a runner and writes as many runs in one batch. */
export async function writeRuns(store: FlowStore, count: number, init = INIT): Promise<Runner> {
  const runner = await store.open(init);
  const runs = Array.from({ length: count }, (_, index) => aRun(runner.runner, index + 1));
  await store.write({ ...runner, number: 1, runs });
  return runner;
}
