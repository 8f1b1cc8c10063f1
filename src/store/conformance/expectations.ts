import { deepStrictEqual as same, rejects, strictEqual as is } from 'node:assert';

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
