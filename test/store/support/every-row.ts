import type { FlowStore } from '#src/store/index.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { sql } from '../postgres/support/postgres-target.js';

/** All that is kept, as bytes that can be searched. */
export interface EveryRow {
  readonly payloads: Buffer;
  /** Of all other tables. */
  readonly others: Buffer;
}

type Row = Readonly<Record<string, unknown>>;

/** Of a store that is asked for it. */
export async function rowsOfStore(store: FlowStore): Promise<EveryRow> {
  const payloads: unknown[] = [];
  const others: unknown[] = [await store.stats()];
  const { runs } = await store.list({ limit: 1_000 });
  for (const { runId } of runs) {
    const detail = await store.run({ runId });
    others.push(detail, (await store.logs({ runId, limit: 1_000 })).lines);
    for (const { messageId } of detail?.messages ?? []) payloads.push(await store.payload(runId, messageId));
  }
  return { payloads: bytesOf(payloads), others: bytesOf(others) };
}

/** Of a file, table by table. */
export function rowsOfFile(file: string): EveryRow {
  const database = loadDriver('auto').open(file);
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    return sorted(tables.map(({ name }) => [String(name), database.prepare(`select * from "${String(name)}"`).all()]));
  } finally {
    database.close();
  }
}

/** Of a schema, table by table. */
export async function rowsOfSchema(schema: string): Promise<EveryRow> {
  const tables = await sql(`select tablename as name from pg_tables where schemaname = '${schema}'`);
  const all: [string, Row[]][] = [];
  for (const { name } of tables) all.push([String(name), await sql(`select * from @"${String(name)}"`, schema)]);
  return sorted(all);
}

function sorted(tables: readonly (readonly [string, readonly Row[]])[]): EveryRow {
  if (tables.every(([name]) => name !== 'payload')) throw new RangeError('there is no table of payloads');
  return {
    payloads: bytesOf(tables.filter(([name]) => name === 'payload')),
    others: bytesOf(tables.filter(([name]) => name !== 'payload')),
  };
}

/** Texts and bytes as they are, whatever lies around them. */
function bytesOf(value: unknown): Buffer {
  const parts: Buffer[] = [];
  const add = (each: unknown): void => {
    if (each instanceof Uint8Array) parts.push(Buffer.from(each));
    else if (each instanceof ArrayBuffer) parts.push(Buffer.from(each));
    else if (Array.isArray(each)) for (const inner of each) add(inner);
    else if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) add(inner);
    else parts.push(Buffer.from(`${String(each)}\n`));
  };
  add(value);
  return Buffer.concat(parts);
}
