import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { OrderRepository, type OrderRecord } from './order-repository.js';

const TABLE = `
  create table if not exists orders (
    id text primary key,
    status text not null,
    cents integer not null,
    changed_at timestamptz not null default now()
  )`;

const SAVE = `
  insert into orders (id, status, cents) values ($1, $2, $3)
  on conflict (id) do update set status = excluded.status, cents = excluded.cents, changed_at = now()`;

/** Keeps orders in a table of Postgres. */
export class PostgresOrders extends OrderRepository implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Postgres');
  readonly #pool: pg.Pool;

  constructor(connectionString: string) {
    super();
    this.#pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 3_000 });
    // A connection that breaks while nobody uses it; the next query gets another one.
    this.#pool.on('error', (error) => this.#logger.warn('a connection broke', { error }));
  }

  async onModuleInit(): Promise<void> {
    await this.#pool.query(TABLE);
  }

  override async save({ id, status, cents }: OrderRecord): Promise<void> {
    await this.#pool.query(SAVE, [id, status, cents]);
  }

  override async find(id: string): Promise<OrderRecord | undefined> {
    const { rows } = await this.#pool.query<OrderRecord>('select id, status, cents from orders where id = $1', [id]);
    return rows[0];
  }

  /** Not in `onModuleDestroy`, which comes before the flows have drained: what they work on still needs the pool. */
  async onApplicationShutdown(): Promise<void> {
    await this.#pool.end();
    this.#logger.log('closed');
  }
}
