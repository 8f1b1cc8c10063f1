import { serveCarrier } from './sqlite/engine/serve-carrier.js';

// What the thread of `sqliteCarrier` runs.
serveCarrier();
