import { FlowError } from '../index.js';
import type { StoreBatch } from './rows.js';
import { runnerOf } from './run-id.js';

/** Names of the lists of a batch whose rows belong to a run. */
export const TABLES_OF_A_RUN = ['labels', 'attempts', 'messages', 'payloads', 'events', 'lines'] as const;

export type RowOf<Table extends keyof StoreBatch> =
  NonNullable<StoreBatch[Table]> extends readonly (infer Row)[] ? Row : never;

/** Each row of a batch that belongs to a run, with its table. */
export function* rowsOfRuns(
  batch: StoreBatch,
): Generator<readonly [table: (typeof TABLES_OF_A_RUN)[number], row: { readonly runId: number }]> {
  for (const table of TABLES_OF_A_RUN) for (const row of batch[table] ?? []) yield [table, row];
}

/**
 * Before anything is written: a batch is whole.
 * @throws FlowError `STORE_ROW_REFUSED`
 */
export function checkBatch(batch: StoreBatch): void {
  for (const row of batch.runs ?? []) {
    checkRunId('runs', row, batch.runner);
    if (!Number.isFinite(row.startedMs)) throw refusedRow('runs', row.runId, 'its start is no time');
  }
  for (const [table, row] of rowsOfRuns(batch)) checkRunId(table, row, batch.runner);
  // Some databases have no such number, others take it, and then sort by it.
  for (const row of batch.attempts ?? []) {
    const { sentMs, startedMs, endedMs = 0 } = row;
    if (Number.isNaN(sentMs + startedMs + endedMs)) throw refusedRow('attempts', row.runId, 'one of its times is none');
  }
}

/** The error for a row that a store can never take. */
export function refusedRow(table: string, runId: number, why: string, cause?: unknown): FlowError {
  const message = `The store takes no batch with a row of \`${table}\` like that of run ${runId}: ${why}`;
  return new FlowError('STORE_ROW_REFUSED', { message, metadata: { table, runId }, cause });
}

function checkRunId(table: string, { runId }: { readonly runId: number }, runner: number): void {
  if (!Number.isSafeInteger(runId)) throw refusedRow(table, runId, 'its run id is no whole number');
  if (runnerOf(runId) !== runner) throw refusedRow(table, runId, `its run is not of runner ${runner}`);
}
