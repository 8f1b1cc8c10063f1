/** What a project in several processes has besides the nodes, by path; `npm start` is a client that starts two workers. */
export const DISTRIBUTED_MAIN = `import 'reflect-metadata';
import { fork } from 'node:child_process';
import { configureLogging, FlowLogger, shutdownLogging } from 'penguiflow';
import { connectFlow, sqliteCarrier } from 'penguiflow/distributed';
import { Orders } from './orders.js';

// The file carries messages between the processes of this machine: what it has taken survives their end.
const file = 'penguiflow-work.db';
const workers = ['pricing', 'confirming'].map((group) => fork(new URL('./worker.js', import.meta.url), [group, file]));
configureLogging({ level: 'info' });

const client = await connectFlow(Orders, { carrier: sqliteCarrier({ file }), middlewares: [FlowLogger] });
console.log(await client.call({ sku: 'fish', quantity: 3 }, { timeoutS: 30 }));
await client.stop();
for (const worker of workers) worker.kill('SIGTERM');
await shutdownLogging();
`;

export const DISTRIBUTED_WORKER = `import 'reflect-metadata';
import { configureLogging, FlowLogger, shutdownLogging } from 'penguiflow';
import { serveFlow, sqliteCarrier } from 'penguiflow/distributed';
import { Orders } from './orders.js';

const [group = 'pricing', file = 'penguiflow-work.db'] = process.argv.slice(2);
configureLogging({ level: 'info' });

const worker = await serveFlow(Orders, { carrier: sqliteCarrier({ file }), groups: [group], middlewares: [FlowLogger] });
process.once('SIGTERM', async () => {
  await worker.stop({ drainS: 20 });
  await shutdownLogging();
});
`;

export const DISTRIBUTED_TEST = `import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configureLogging } from 'penguiflow';
import { connectFlow, memoryCarrier, serveFlow } from 'penguiflow/distributed';
import { runOne } from 'penguiflow/testing';
import { Orders } from './orders.js';

configureLogging({ level: 'silent' });

test('an order is priced and confirmed in one process', async () => {
  const run = await runOne(Orders, { sku: 'fish', quantity: 3 });
  assert.equal(run.value, '3 x fish: 12.00');
});

test('and by two workers, whose messages a carrier takes from one to the other', async () => {
  const carrier = memoryCarrier();
  const pricing = await serveFlow(Orders, { carrier, groups: ['pricing'] });
  const confirming = await serveFlow(Orders, { carrier, groups: ['confirming'] });
  const client = await connectFlow(Orders, { carrier });
  assert.equal(await client.call({ sku: 'fish', quantity: 3 }), '3 x fish: 12.00');
  await client.stop();
  await pricing.stop();
  await confirming.stop();
});
`;

/** What stands before `@Flow()`, and the import that it needs. */
export const DISTRIBUTED_IMPORT = `import { Distributed } from 'penguiflow/distributed';\n`;
export const DISTRIBUTED_GROUPS = `@Distributed({ groups: { pricing: [Price], confirming: [Confirm] } })\n`;
