import type { ForgetRequest } from '../flow-store.js';
import { DEFAULT_TENANT, TENANT } from '../sql/names.js';
import type { SqlValue } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import type { Connection } from './connection.js';
import type { SqlDatabase } from './database.js';
import { deleteRuns } from './delete-runs.js';
import { emptyJournal, shrinkFile } from './file-size.js';

/** How long a transaction may hold the file, in milliseconds. */
const TURN_MS = 10;
/** How long to wait for those who read in the journal: they do for less. */
const WAIT_MS = 1_000;
/** Runs that are deleted at once. */
const TOGETHER = 20;

/** Deletes runs, and sees to it that nothing of them is left in the file or its journal, as far as readers allow. */
export async function forgetRuns(connection: Connection, request: ForgetRequest): Promise<number> {
  const { traceId, tenant }: { traceId?: string; tenant?: string | undefined } = request;
  const { database } = connection;
  let forgotten = 0;
  for (;;) {
    const turn = await connection.write(() => forgetSome(database, traceId, tenant));
    forgotten += turn.runs;
    if (turn.done) break;
    await connection.letOthers();
  }
  await shrinkFile(connection, undefined);
  await emptyJournal(connection, WAIT_MS);
  return forgotten;
}

function forgetSome(
  database: SqlDatabase,
  traceId: string | undefined,
  tenant: string | undefined,
): { readonly runs: number; readonly done: boolean } {
  const endMs = performance.now() + TURN_MS;
  const tenantId = tenant === undefined ? undefined : tenantIdOf(database, tenant);
  if (tenant !== undefined && tenantId === undefined) return { runs: 0, done: true };
  const terms: [sql: string, value: SqlValue][] = [];
  if (traceId !== undefined) terms.push(['trace_id = ?', storedText(traceId)]);
  if (tenantId !== undefined) terms.push([tenantTerm(tenantId), tenantId]);
  const find = database.prepare(
    `select run_id from run where ${terms.map(([sql]) => sql).join(' and ')} limit ${TOGETHER}`,
  );
  let runs = 0;
  do {
    const found = find.all(...terms.map(([, value]) => value)).map(({ run_id: runId }) => Number(runId));
    deleteRuns(database, found);
    runs += found.length;
    if (found.length < TOGETHER) {
      if (traceId === undefined && tenantId !== undefined) forgetName(database, tenantId);
      return { runs, done: true };
    }
  } while (performance.now() < endMs);
  return { runs, done: false };
}

function tenantIdOf(database: SqlDatabase, tenant: string): number | undefined {
  const found = database.prepare('select id from name where kind = ? and text = ?').get(TENANT, storedText(tenant));
  return found === undefined ? undefined : Number(found['id']);
}

/** An index of some rows is used only where its term is said again. */
function tenantTerm(tenantId: number): string {
  return tenantId === DEFAULT_TENANT.id ? 'tenant = ?' : `tenant = ? and tenant <> ${DEFAULT_TENANT.id}`;
}

/** The name of a tenant is what was to be forgotten, too. Who writes looks its number up again. */
function forgetName(database: SqlDatabase, tenantId: number): void {
  if (tenantId === DEFAULT_TENANT.id) return;
  database.prepare('delete from name where id = ?').run(tenantId);
  database.prepare("update meta set value = value + 1 where key = 'names_epoch'").run();
}
