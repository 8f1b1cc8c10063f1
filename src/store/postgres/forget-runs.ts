import type { ForgetRequest } from '../flow-store.js';
import { DEFAULT_TENANT } from '../sql/names.js';
import { storedText } from '../stored-text.js';
import { deleteRuns } from './delete-runs.js';
import { tenantIdOf } from './name-book.js';
import { INDEXED } from './schema.js';
import type { Session } from './session.js';
import type { Transactions } from './transactions.js';

/** Runs that a transaction deletes. */
const TOGETHER = 100;

/** Deletes runs in short transactions, and the name of a tenant with the last of them. */
export async function forgetRuns(transactions: Transactions, request: ForgetRequest): Promise<number> {
  const { traceId, tenant }: { traceId?: string; tenant?: string | undefined } = request;
  let forgotten = 0;
  for (;;) {
    const turn = await transactions.write('alone', (session) => forgetSome(session, traceId, tenant));
    forgotten += turn;
    if (turn < TOGETHER) return forgotten;
  }
}

async function forgetSome(session: Session, traceId: string | undefined, tenant: string | undefined): Promise<number> {
  const tenantId = tenant === undefined ? undefined : await tenantIdOf(session, tenant);
  if (tenant !== undefined && tenantId === undefined) return 0;
  const terms: [sql: string, values: (string | number)[]][] = [];
  if (traceId !== undefined) {
    const stored = storedText(traceId);
    terms.push([`left(trace_id, ${INDEXED}) = left(?, ${INDEXED}) and trace_id = ?`, [stored, stored]]);
  }
  if (tenantId !== undefined) terms.push([tenantTerm(tenantId), [tenantId]]);
  const found = await session.all(
    `select run_id from @run where ${terms.map(([sql]) => sql).join(' and ')} limit ${TOGETHER}`,
    ...terms.flatMap(([, values]) => values),
  );
  await deleteRuns(
    session,
    found.map(({ run_id: runId }) => Number(runId)),
  );
  if (found.length < TOGETHER && traceId === undefined && tenantId !== undefined) await forgetName(session, tenantId);
  return found.length;
}

/** An index of some rows is used only where its term is said again. */
function tenantTerm(tenantId: number): string {
  return tenantId === DEFAULT_TENANT.id ? 'tenant = ?' : `tenant = ? and tenant <> ${DEFAULT_TENANT.id}`;
}

/** The name of a tenant is what was to be forgotten, too. Who writes looks its number up again. */
async function forgetName(session: Session, tenantId: number): Promise<void> {
  if (tenantId === DEFAULT_TENANT.id) return;
  await session.run('delete from @name where id = ?', tenantId);
  await session.run("update @total set value = value + 1 where key = 'names_epoch'");
}
