import { commandTool } from '../support/needs-tool.js';

/** What tests on NATS need. */
export const NATS_SERVER = commandTool(process.env['NATS_SERVER'] ?? 'nats-server', {
  install: 'apt-get install nats-server, or say where it is with NATS_SERVER',
});
