import { serveLeases } from './lease-server.js';

// What the thread of `nats` runs.
void serveLeases();
