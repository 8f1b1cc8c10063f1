import type { SqlDatabase } from './database.js';
import { RunFamilies } from './run-families.js';
import { Tallies } from './tallies.js';

const OF_A_RUN = ['label', 'message', 'event', 'line', 'run'] as const;
const THESE = 'run_id in (select value from json_each(?))';

/** Deletes runs with all their rows, within a transaction. */
export function deleteRuns(database: SqlDatabase, runIds: readonly number[]): void {
  const [tallies, families] = [new Tallies(), new RunFamilies()];
  const ids = JSON.stringify(runIds);
  const runs = database.prepare(`select run_id, flow, status, started, root_run from run where ${THESE}`).all(ids);
  for (const { run_id: runId, flow, status, started, root_run: rootRun } of runs) {
    tallies.countRun(Number(flow), Number(status), Number(started), -1);
    families.deleted(Number(runId), rootRun as number | null);
  }
  const bytes = database.prepare(`select sum(length(bytes)) as bytes from payload where ${THESE}`).get(ids);
  tallies.add('payload_bytes', -Number(bytes?.['bytes'] ?? 0));
  database.prepare(`delete from payload where ${THESE}`).run(ids);
  tallies.add('attempts', -database.prepare(`delete from attempt where ${THESE}`).run(ids));
  for (const table of OF_A_RUN) database.prepare(`delete from ${table} where ${THESE}`).run(ids);
  families.write(database);
  tallies.write(database);
}

/** A run and those that are deleted with it. */
export function familyOf(database: SqlDatabase, rootId: number): number[] {
  const found = new Set([rootId]);
  let last = [rootId];
  while (last.length > 0) {
    const below = database
      .prepare('select run_id from run where root_run in (select value from json_each(?))')
      .all(JSON.stringify(last))
      .map(({ run_id: runId }) => Number(runId));
    last = below.filter((runId) => !found.has(runId));
    for (const runId of last) found.add(runId);
  }
  return [...found];
}
