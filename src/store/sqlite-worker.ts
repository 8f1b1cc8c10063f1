import { pauseThread } from './sqlite/connection.js';
import { EngineHost, type HostSetup } from './sqlite/engine-host.js';
import { serveThread } from './thread/serve-thread.js';

// What the threads of `sqliteStore` run: one that writes, one that reads.
serveThread(({ role, settings }: HostSetup) => new EngineHost(role, settings, pauseThread));
