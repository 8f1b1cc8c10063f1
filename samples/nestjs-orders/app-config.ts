import { Injectable } from '@nestjs/common';

/** What the environment says. With `@nestjs/config` this would be its `ConfigService`. */
@Injectable()
export class AppConfig {
  readonly host = process.env['HOST'] ?? '127.0.0.1';
  readonly port = numberFrom('PORT', 3000);
  /** A Postgres for the orders; without it they are kept in memory. */
  readonly databaseUrl = process.env['DATABASE_URL'];
  /** What people show to see the inspector, 32 characters or more; without it there is none. */
  readonly inspectorToken = process.env['INSPECTOR_TOKEN'];
  /** How long a shutdown may take over open work, in seconds. */
  readonly drainS = numberFrom('DRAIN_S', 10);
  /** How long the make-believe services outside take to answer, in milliseconds. */
  readonly latencyMs = numberFrom('LATENCY_MS', 300);
}

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name} is not a number >= 0`);
  return value;
}
