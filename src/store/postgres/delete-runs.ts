import { RunFamilies } from './run-families.js';
import { WEIGHED, WEIGHTS } from './row-weights.js';
import type { Session } from './session.js';
import { Tallies } from './tallies.js';

const OF_A_RUN = ['message', 'payload', 'event', 'line'] as const;
const THESE = 'run_id = any(?::int8[])';
/** All in one statement, by run: each table has its part of the answer. */
const DELETE_ROWS = `with l as (delete from @label where ${THESE}),
  attempt as (delete from @attempt where ${THESE} returning run_id),
  ${OF_A_RUN.map((table) => `${table} as (delete from @${table} where ${THESE} returning run_id, ${WEIGHED[table]} as weight${table === 'payload' ? ', octet_length(bytes) as payload' : ''})`).join(', ')}
  select run_id, ${WEIGHTS.attempt} * count(*) as weight, 0 as payload, count(*) as attempts from attempt group by run_id
  ${OF_A_RUN.map((table) => `union all select run_id, sum(weight), ${table === 'payload' ? 'sum(payload)' : '0'}, 0 from ${table} group by run_id`).join(' ')}`;

/** Deletes runs with all their rows, within a transaction. */
export async function deleteRuns(session: Session, runIds: readonly number[]): Promise<void> {
  if (runIds.length === 0) return;
  const [tallies, families] = [new Tallies(), new RunFamilies()];
  const rows = await session.all(DELETE_ROWS, ...Array.from({ length: OF_A_RUN.length + 2 }, () => runIds));
  for (const { run_id: runId, weight, payload, attempts } of rows) {
    tallies.add('bytes', Number(runId), -Number(weight));
    tallies.add('payload_bytes', Number(runId), -Number(payload));
    tallies.add('attempts', Number(runId), -Number(attempts));
  }
  const runs = await session.all(
    `delete from @run where ${THESE} returning run_id, flow, status, started, root_run`,
    runIds,
  );
  for (const { run_id: id, flow, status, started, root_run: rootRun } of runs) {
    const runId = Number(id);
    tallies.countRun(runId, Number(flow), Number(status), Number(started), -1);
    tallies.add('bytes', runId, -WEIGHTS.run);
    families.deleted(runId, rootRun as number | null);
  }
  await families.write(session);
  await tallies.write(session);
}

/** A run and those that are deleted with it. */
export async function familyOf(session: Session, rootId: number): Promise<number[]> {
  const found = await session.all(
    `with recursive family(run_id) as (
      select ?::int8 union select r.run_id from @run r join family f on r.root_run = f.run_id
    ) select run_id from family`,
    rootId,
  );
  return found.map(({ run_id: runId }) => Number(runId));
}
