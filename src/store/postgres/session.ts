import type { SqlRecord } from '../sql/sql-value.js';
import type { PostgresClient } from './pool.js';

/** Types of results that are no text: whatever parsers the program has set for its own queries. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [16, (text: string): unknown => text === 't'],
  [17, (text: string): unknown => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  ...[20, 21, 23, 701, 1700].map((oid) => [oid, Number] as const),
]);
const asText = (text: string): unknown => text;
const TYPES = { getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText };

/**
 * A transaction. Statements name tables as `@run`, which stands for the one in the schema of the store: nothing depends on a search path.
 * None of them has a name on the server, where a pooler may give the next transaction another connection.
 */
export class Session {
  readonly #client: PostgresClient;
  readonly #schema: string;

  constructor(client: PostgresClient, schema: string) {
    this.#client = client;
    this.#schema = schema;
  }

  /** Rows, with a value for each `?`. */
  async all(sql: string, ...values: unknown[]): Promise<SqlRecord[]> {
    const { rows } = await this.#client.query({ text: this.#text(sql), values, types: TYPES });
    return rows as SqlRecord[];
  }

  async get(sql: string, ...values: unknown[]): Promise<SqlRecord | undefined> {
    return (await this.all(sql, ...values))[0];
  }

  /** Resolves with how many rows it has changed. */
  async run(sql: string, ...values: unknown[]): Promise<number> {
    return (await this.#client.query({ text: this.#text(sql), values })).rowCount ?? 0;
  }

  /** Several statements, without values, in one go. @returns the rows of the last one */
  async exec(sql: string): Promise<SqlRecord[]> {
    const answer: unknown = await this.#client.query({ text: this.#text(sql), types: TYPES });
    const last = (Array.isArray(answer) ? answer.at(-1) : answer) as { readonly rows: SqlRecord[] };
    return last.rows;
  }

  #text(sql: string): string {
    let place = 0;
    return sql.replaceAll(/@(?=[a-z])/g, `${quoted(this.#schema)}.`).replaceAll('?', () => `$${(place += 1)}`);
  }
}

/** A whole number as SQL takes it; whatever else is refused there. */
export function literal(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : "'NaN'";
}

/** A name as SQL takes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
