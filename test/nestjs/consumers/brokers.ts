import { serviceTool } from '../../support/needs-tool.js';

export const NATS = process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222';
export const REDIS = new URL(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');

/** Of each run its own, so that runs do not meet on a broker that they share. */
const RUN = (process.env['CONSUMERS_RUN'] ??= `penguiflow-${process.pid}-${Date.now()}`);
export const SUBJECT = RUN;
export const QUEUE = RUN;

export const NATS_SERVER = serviceTool('NATS', new URL(NATS), 'apt-get install nats-server');
export const REDIS_SERVER = serviceTool('Redis', REDIS, 'apt-get install redis-server');

export function redisConnection(): {
  readonly host: string;
  readonly port: number;
  readonly maxRetriesPerRequest: null;
} {
  return { host: REDIS.hostname, port: Number(REDIS.port), maxRetriesPerRequest: null };
}
