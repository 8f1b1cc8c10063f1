import { Module } from '@nestjs/common';
import { AppConfig } from '../app-config.js';
import { MemoryOrders } from './memory-orders.js';
import { OrderRepository } from './order-repository.js';
import { PostgresOrders } from './postgres-orders.js';

/** In Postgres where `DATABASE_URL` says so, else in memory. */
@Module({
  providers: [
    {
      provide: OrderRepository,
      inject: [AppConfig],
      useFactory: ({ databaseUrl }: AppConfig): OrderRepository =>
        databaseUrl === undefined ? new MemoryOrders() : new PostgresOrders(databaseUrl),
    },
  ],
  exports: [OrderRepository],
})
export class StorageModule {}
