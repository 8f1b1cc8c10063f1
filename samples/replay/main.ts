import 'reflect-metadata';

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureLogging, createFlow, shutdownLogging } from 'penguiflow';
import { FlowHistory, sqliteStore } from 'penguiflow/store';

import { Bank, Shop } from './shop.js';

const folder = await mkdtemp(join(tmpdir(), 'penguiflow-replay-'));
const file = join(folder, 'history.db');
configureLogging({ level: 'error', structured: false, destination: process.stdout });

const history = new FlowHistory(sqliteStore({ file }));
const bank = new Bank();
const flow = createFlow(Shop, { history, providers: [{ token: Bank, useValue: bank }] });
await flow.run();

for (const [id, cents] of [
  ['4711', 1_200],
  ['4712', 800],
] as const) {
  await flow.call({ id, cents }, { id: `order-${id}`, tenant: 'acme' }).catch(() => {});
}
await history.flush();

const { runs } = await history.list({ status: 'failed', label: { name: 'order', value: '4711' } });
const run = runs[0];
if (run === undefined) throw new Error('the run is not in the history');
const { attempts = [] } = (await history.run({ runId: run.runId })) ?? {};
console.log(`order 4711: ${run.status} in ${run.errorNode}: ${run.errorMessage}`);
console.log(`attempts: ${attempts.map(({ node, outcome }) => `${node} ${outcome}`).join(', ')}`);

bank.isUp = true;
const { nodes } = await history.planReplay({ runId: run.runId });
console.log(`the bank is back; a replay runs ${nodes.join(', ')}`);
for await (const { replayed } of history.replayAll({ status: 'failed' }, { ratePerS: 1_000 })) {
  console.log(`replayed: ${replayed?.status}, ${String(replayed?.runs[0]?.results[0])}`);
}
// Once more: the bank knows it by its key.
await history.replay({ runId: run.runId });
console.log(`bookings: ${bank.bookings.length}`);

await flow.stop();
await history.close();
await shutdownLogging();
await rm(folder, { recursive: true });
