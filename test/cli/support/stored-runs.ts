import type { AttemptRow, FlowStore, LineRow, RunRow } from '#src/store/index.js';

import { aRun, INIT } from '../../store/support/rows.js';

export const START = Date.UTC(2025, 10, 30, 1, 19, 26, 100);
/** Of the run that fails; ids of one process begin alike. */
export const FAILED_ID = 'aeeb151bad26d6b04baf0b43cf0c067b';
export const OTHER_ID = 'aeeb151bad26d6b0e9f147564e56ebda';

/** What a store has after two runs and one that is under way: the first one failed at its second try, after a timeout. */
export async function storeRuns(store: FlowStore): Promise<readonly RunRow[]> {
  const { runner, epoch } = await store.open(INIT);
  const failed = aRun(runner, 1, {
    ...{ traceId: FAILED_ID, tenant: 'acme', status: 'failed', kind: 'call', startedMs: START, endedMs: START + 1_000 },
    ...{ attempts: 4, retries: 1, errorCode: 'NODE_EXCEPTION', errorNode: 'Charge' },
    errorMessage: 'BankError: no answer yet',
  });
  const called = aRun(runner, 2, {
    ...{
      traceId: FAILED_ID,
      tenant: 'acme',
      flow: 'Rates',
      kind: 'playbook',
      startedMs: START + 5,
      endedMs: START + 7,
    },
    ...{ parentRun: failed.runId, rootRun: failed.runId },
  });
  const other = aRun(runner, 3, { traceId: OTHER_ID, startedMs: START + 60_000, endedMs: START + 60_020 });
  const open = aRun(runner, 4, {
    traceId: 'order-4711',
    status: 'running',
    startedMs: START + 70_000,
    endedMs: undefined,
  });
  const { runId } = failed;
  await store.write({
    ...{ runner, epoch, number: 1, runs: [failed, called, other, open] },
    labels: [{ runId, name: 'order', value: '47:11' }],
    attempts: [
      attempt(runId, 1, 'Price', [0, 10, 40]),
      attempt(runId, 2, 'Stock', [0, 20, 60]),
      attempt(runId, 3, 'Charge', [40, 50, 150], { outcome: 'timeout', errorCode: 'NODE_TIMEOUT', error: 'too slow' }),
      attempt(runId, 4, 'Charge', [40, 950, 990], { attempt: 1, outcome: 'failed', error: 'BankError: no answer yet' }),
    ],
    lines: Array.from({ length: 120 }, (_, at): LineRow => ({
      ...{ runId, seq: at + 1, atMs: START + at, level: 'info', logger: 'penguiflow', message: `line ${at}` },
      ...{ node: 'Price', fields: '{"sku":"fish-1"}' },
    })),
  });
  return [failed, called, other, open];
}

function attempt(
  runId: number,
  seq: number,
  node: string,
  [sentMs, startedMs, endedMs]: readonly [number, number, number],
  change: Partial<AttemptRow> = {},
): AttemptRow {
  return {
    ...{
      runId,
      seq,
      node,
      attempt: 0,
      parentSeq: undefined,
      messageId: `to-${node}`,
      queuedIn: 0,
      outcome: 'succeeded',
    },
    ...{ sentMs: START + sentMs, startedMs: START + startedMs, endedMs: START + endedMs },
    ...{ errorCode: undefined, error: undefined },
    ...change,
  };
}
