import type { EngineSettings } from './postgres/postgres-engine.js';
import { PostgresHost } from './postgres/postgres-host.js';
import { serveThread } from './thread/serve-thread.js';

// What the thread of `postgresStore` runs.
serveThread((settings: EngineSettings) => new PostgresHost(settings));
