import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { serviceTool } from '../../support/needs-tool.js';

const ADDRESS = new URL(process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test');

export const POSTGRES = serviceTool('Postgres', ADDRESS, 'apt-get install postgresql');

/** A schema of its own in the machine's Postgres, for one test. */
export class TestDatabase {
  /** For a program whose tables shall be in the schema. */
  readonly url: string;
  readonly #client: pg.Client;
  readonly #schema: string;

  private constructor(client: pg.Client, schema: string) {
    this.#client = client;
    this.#schema = schema;
    const url = new URL(ADDRESS);
    url.searchParams.set('options', `-c search_path=${schema}`);
    this.url = url.href;
  }

  static async create(): Promise<TestDatabase> {
    const schema = `penguiflow_${randomUUID().replaceAll('-', '')}`;
    const client = new pg.Client({ connectionString: ADDRESS.href });
    await client.connect();
    await client.query(`create schema ${schema}`);
    await client.query(`set search_path to ${schema}`);
    return new TestDatabase(client, schema);
  }

  async rows<T extends pg.QueryResultRow>(query: string): Promise<T[]> {
    return (await this.#client.query<T>(query)).rows;
  }

  async drop(): Promise<void> {
    await this.#client.query(`drop schema ${this.#schema} cascade`);
    await this.#client.end();
  }
}
