import type { RunRow } from '../rows.js';
import type { RunKey } from '../run-key.js';
import { INTERRUPTED, RUNNING } from '../sql/codes.js';
import { FIXED_RUN_COLUMNS, RUNS } from '../sql/row-codec.js';
import type { IdOf } from '../sql/names.js';
import type { SqlDatabase } from './database.js';
import type { RunFamilies } from './run-families.js';
import type { Tallies } from './tallies.js';

const at = (column: string): number => RUNS.columns.indexOf(column);
const [RUN_ID, FLOW, STATUS] = [at('run_id'), at('flow'), at('status')];
/** What may change while a run is under way. */
const OPEN_COLUMNS = RUNS.columns.filter((column) => !FIXED_RUN_COLUMNS.includes(column));
const OPEN_PLACES = OPEN_COLUMNS.map(at);

const INSERT = `insert into run (${RUNS.columns.join(', ')}, family_ended) values (${RUNS.columns.map(() => '?').join(', ')}, ?)
  on conflict (run_id) do nothing`;
const UPDATE = `update run set ${OPEN_COLUMNS.map((column) => `${column} = ?`).join(', ')} where run_id = ?`;

/**
 * Writes a run, or what has become of it. A run that has ended stays as it is, unless it was only taken for interrupted.
 * @returns whether it is new
 */
export function writeRun(
  database: SqlDatabase,
  row: RunRow,
  idOf: IdOf,
  { tallies, families }: { readonly tallies: Tallies; readonly families: RunFamilies },
): boolean {
  const values = RUNS.encode(row, idOf);
  if (database.prepare(INSERT).run(...values, row.endedMs ?? row.startedMs) === 1) {
    tallies.countRun(Number(values[FLOW]), Number(values[STATUS]), row.startedMs, 1);
    families.added(row.runId, row.rootRun);
    return true;
  }
  const before = database.prepare('select flow, status, started, root_run from run where run_id = ?').get(row.runId)!;
  if (before['status'] !== RUNNING && before['status'] !== INTERRUPTED) return false;
  if (before['status'] === INTERRUPTED) tallies.add('corrected_claims', 1);
  database.prepare(UPDATE).run(...OPEN_PLACES.map((place) => values[place]!), values[RUN_ID]!);
  const [flow, started] = [Number(before['flow']), Number(before['started'])];
  tallies.countRun(flow, before['status'], started, -1);
  tallies.countRun(flow, Number(values[STATUS]), started, 1);
  families.changed(row.runId, before['root_run'] as number | null);
  return false;
}

/** Ends what is under way of a runner. */
export function interruptRuns(
  database: SqlDatabase,
  [firstId, endId]: readonly [firstId: number, endId: number],
  atMs: number,
  { tallies, families }: { readonly tallies: Tallies; readonly families: RunFamilies },
): RunKey[] {
  const open = database
    .prepare(`select run_id, flow, started, root_run from run indexed by run_status
      where status = ${RUNNING} and status <> 1 and run_id >= ? and run_id < ?`)
    .all(firstId, endId);
  const end = database.prepare(`update run set status = ${INTERRUPTED}, ended = ? where run_id = ?`);
  for (const { run_id: runId, flow, started, root_run: rootRun } of open) {
    end.run(atMs, Number(runId));
    tallies.countRun(Number(flow), RUNNING, Number(started), -1);
    tallies.countRun(Number(flow), INTERRUPTED, Number(started), 1);
    families.changed(Number(runId), rootRun as number | null);
  }
  return open.map(({ run_id: runId, started }) => ({ runId: Number(runId), startedMs: Number(started) }));
}
