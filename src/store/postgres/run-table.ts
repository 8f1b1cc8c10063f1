import { runIdOf, runnerOf } from '../run-id.js';
import type { RunKey } from '../run-key.js';
import type { RunRow } from '../rows.js';
import { CLAIMED, HANDED_OVER, INTERRUPTED, PART, RUNNING } from '../sql/codes.js';
import { FIXED_RUN_COLUMNS, RUNS } from '../sql/row-codec.js';
import type { SqlValue } from '../sql/sql-value.js';
import { inChunks, insertNew, unnested, type AtRow } from './columnar.js';
import type { RunFamilies } from './run-families.js';
import { WEIGHTS } from './row-weights.js';
import type { Session } from './session.js';
import type { Tallies } from './tallies.js';

const at = (column: string): number => RUNS.columns.indexOf(column);
const [FLOW, STATUS] = [at('flow'), at('status')];
/** What may change while a run is under way. */
const OPEN_COLUMNS = RUNS.columns.filter((column) => !FIXED_RUN_COLUMNS.includes(column));
const OPEN_PLACES = OPEN_COLUMNS.map(at);

const INSERTED = [...RUNS.columns, 'family_ended'];
const FAMILY_ENDED = RUNS.columns.length;
const UPDATED = ['run_id', ...OPEN_COLUMNS];
const UPDATE = `update @run r set ${OPEN_COLUMNS.map((column) => `${column} = t.${column}`).join(', ')}, family_ended = coalesce(t.ended, r.started)
  from ${unnested(UPDATED)} where r.run_id = t.run_id`;

/** What is counted, and which families change. */
export interface RunContext {
  readonly tallies: Tallies;
  readonly families: RunFamilies;
}

/** A run as it stands, with what came in this batch. */
export interface RunState {
  readonly flow: number;
  readonly startedMs: number;
  readonly rootRun: number | null;
  status: number;
}

/**
 * Those of these runs that are there.
 * @param families - hears which of them lead others
 */
export async function readStates(
  session: Session,
  runIds: readonly number[],
  families: RunFamilies,
): Promise<Map<number, RunState>> {
  const found = await session.all(
    `select run_id, flow, status, started, root_run, false as leads from @run where run_id = any(?::int8[])
    union all select distinct root_run, 0, 0::int2, 0::float8, null::int8, true from @run
      where root_run = any(?::int8[]) and root_run <> run_id`,
    runIds,
    runIds,
  );
  const states = new Map<number, RunState>();
  const leading: number[] = [];
  for (const { run_id: runId, flow, status, started, root_run: rootRun, leads } of found) {
    if (leads as unknown as boolean) leading.push(Number(runId));
    else {
      const state = { flow: Number(flow), status: Number(status), startedMs: Number(started) };
      states.set(Number(runId), { ...state, rootRun: rootRun as number | null });
    }
  }
  families.know(runIds, leading);
  return states;
}

/** Runs that are new, and what has become of others. A run that has ended stays as it is, unless it was only taken for interrupted or handed over. */
export class RunChanges {
  readonly #states: Map<number, RunState>;
  readonly #context: RunContext;
  readonly #added = new Map<number, SqlValue[]>();
  readonly #changed = new Map<number, SqlValue[]>();

  /** @param states - of those that are there; gets the new ones */
  constructor(states: Map<number, RunState>, context: RunContext) {
    this.#states = states;
    this.#context = context;
  }

  add(row: RunRow, values: SqlValue[]): void {
    const { tallies, families } = this.#context;
    const { runId, startedMs } = row;
    const [flow, status] = [Number(values[FLOW]), Number(values[STATUS])];
    const state = this.#states.get(runId);
    if (state === undefined) {
      this.#added.set(runId, [...values, row.endedMs ?? startedMs]);
      this.#states.set(runId, { flow, startedMs, rootRun: row.rootRun ?? null, status });
      tallies.countRun(runId, flow, status, startedMs, 1);
      tallies.add('bytes', runId, WEIGHTS.run);
      families.changed(runId, row.rootRun);
      return;
    }
    if (state.status !== RUNNING && !CLAIMED.has(state.status)) return;
    if (CLAIMED.has(state.status)) tallies.add('corrected_claims', runId, 1);
    const before = this.#added.get(runId);
    if (before === undefined) this.#changed.set(runId, [runId, ...OPEN_PLACES.map((place) => values[place]!)]);
    else {
      for (const place of OPEN_PLACES) before[place] = values[place]!;
      before[FAMILY_ENDED] = row.endedMs ?? state.startedMs;
    }
    tallies.countRun(runId, state.flow, state.status, state.startedMs, -1);
    tallies.countRun(runId, state.flow, status, state.startedMs, 1);
    state.status = status;
    families.changed(runId, state.rootRun);
  }

  /** Nothing of it is there but what comes with it. */
  isNew(runId: number): boolean {
    return this.#added.has(runId);
  }

  async write(session: Session, atRow: AtRow): Promise<void> {
    await insertNew(session, 'run', INSERTED, [...this.#added.values()], atRow);
    await inChunks(UPDATED, [...this.#changed.values()], atRow, (columns) => session.run(UPDATE, ...columns));
  }
}

/** Whether it takes part in a family of another runner, which may be writing as well. */
export function isForeign(runId: number, rootRun: number | null | undefined): boolean {
  return typeof rootRun === 'number' && runnerOf(rootRun) !== runnerOf(runId);
}

/** Ends what is under way of a runner. @returns the runs that are interrupted by it: others go on with parts */
export async function interruptRuns(
  session: Session,
  runner: number,
  atMs: number,
  { tallies, families }: RunContext,
): Promise<RunKey[]> {
  const ended = await session.all(
    `update @run set status = case when kind = ${PART} then ${HANDED_OVER} else ${INTERRUPTED} end, ended = ?, family_ended = ?
    where status = ${RUNNING} and status <> 1 and run_id >= ? and run_id < ? returning run_id, status, flow, started, root_run`,
    atMs,
    atMs,
    runIdOf(runner, 0),
    runIdOf(runner + 1, 0),
  );
  const interrupted: RunKey[] = [];
  for (const { run_id: id, status, flow, started, root_run: rootRun } of ended) {
    const [runId, startedMs] = [Number(id), Number(started)];
    tallies.countRun(runId, Number(flow), RUNNING, startedMs, -1);
    tallies.countRun(runId, Number(flow), Number(status), startedMs, 1);
    families.changed(runId, rootRun as number | null);
    if (Number(status) === INTERRUPTED) interrupted.push({ runId, startedMs });
  }
  return interrupted;
}
