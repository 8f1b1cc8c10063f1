import { deepStrictEqual as same, ok, rejects, strictEqual as is } from 'node:assert';

import type { FlowStore } from '../flow-store.js';
import type { RunQuery } from '../queries.js';
import type { RunRow } from '../rows.js';

/** A row without what only its class has, its bytes in an array of their own. */
export function plain(row: object): object {
  const entries = Object.entries(row) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Uint8Array ? Uint8Array.from(value) : value]),
  );
}

/** A batch is refused because of a row of this run. */
export async function refuses(written: Promise<unknown>, table: string, runId: number): Promise<void> {
  await rejects(written, (error: { readonly code?: unknown; readonly metadata?: unknown }) => {
    is(error.code, 'STORE_ROW_REFUSED');
    same(error.metadata, { table, runId });
    return true;
  });
}

export function idsOf(runs: readonly RunRow[]): number[] {
  return runs.map(({ runId }) => runId);
}

/** All pages; a store whose cursors lead nowhere ends it, too. */
export async function allOf(store: FlowStore, query: RunQuery): Promise<number[]> {
  const ids: number[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages <= 1_000; pages += 1) {
    const page = await store.list({ ...query, cursor });
    ids.push(...idsOf(page.runs));
    if (page.cursor === undefined) return ids;
    ok(page.cursor !== cursor, 'a cursor leads to itself');
    cursor = page.cursor;
  }
  return ids;
}
