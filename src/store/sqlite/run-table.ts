import type { RunRow } from '../rows.js';
import type { RunKey } from '../run-key.js';
import { CLAIMED, HANDED_OVER, INTERRUPTED, PART, RUNNING } from '../sql/codes.js';
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
 * Writes a run, or what has become of it. A run that has ended stays as it is, unless it was only taken for interrupted or handed over.
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
  const status = Number(before['status']);
  if (status !== RUNNING && !CLAIMED.has(status)) return false;
  if (CLAIMED.has(status)) tallies.add('corrected_claims', 1);
  database.prepare(UPDATE).run(...OPEN_PLACES.map((place) => values[place]!), values[RUN_ID]!);
  const [flow, started] = [Number(before['flow']), Number(before['started'])];
  tallies.countRun(flow, status, started, -1);
  tallies.countRun(flow, Number(values[STATUS]), started, 1);
  families.changed(row.runId, before['root_run'] as number | null);
  return false;
}

/** Ends what is under way of a runner. @returns the runs that are interrupted by it: others go on with parts */
export function interruptRuns(
  database: SqlDatabase,
  [firstId, endId]: readonly [firstId: number, endId: number],
  atMs: number,
  { tallies, families }: { readonly tallies: Tallies; readonly families: RunFamilies },
): RunKey[] {
  const open = database
    .prepare(`select run_id, kind, flow, started, root_run from run indexed by run_status
      where status = ${RUNNING} and status <> 1 and run_id >= ? and run_id < ?`)
    .all(firstId, endId);
  const end = database.prepare(`update run set status = ?, ended = ? where run_id = ?`);
  for (const { run_id: runId, kind, flow, started, root_run: rootRun } of open) {
    const status = kind === PART ? HANDED_OVER : INTERRUPTED;
    end.run(status, atMs, Number(runId));
    tallies.countRun(Number(flow), RUNNING, Number(started), -1);
    tallies.countRun(Number(flow), status, Number(started), 1);
    families.changed(Number(runId), rootRun as number | null);
  }
  return open
    .filter(({ kind }) => kind !== PART)
    .map(({ run_id: runId, started }) => ({ runId: Number(runId), startedMs: Number(started) }));
}
