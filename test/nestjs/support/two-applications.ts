import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { PenguiFlowLogger } from '#src/nestjs/index.js';
import { ordersApp } from './orders-app.js';
import { post } from './run-app.js';

// Two applications in one process, which are closed in the order of the arguments; before and after each close, all that listen get a
// request. A program of its own, so that the log is that of a real process.

const names = ['first', 'second'] as const;
type Name = (typeof names)[number];

const apps = new Map<Name, Awaited<ReturnType<typeof start>>>();

async function start(): ReturnType<typeof NestFactory.create> {
  const options = { bufferLogs: true, forceCloseConnections: true };
  const app = await NestFactory.create(ordersApp({ logging: { structured: true } }), options);
  app.useLogger(app.get(PenguiFlowLogger));
  await app.listen(0, '127.0.0.1');
  return app;
}

/** A request to each that listens, which is traced by name and moment. */
async function ask(moment: string): Promise<void> {
  for (const [name, app] of apps) {
    const headers = { 'x-request-id': `${name}-${moment}` };
    await post(`${await app.getUrl()}/orders`, { sku: 'abc' }, { headers });
  }
}

for (const name of names) apps.set(name, await start());
await ask('at-start');
for (const name of process.argv.slice(2) as Name[]) {
  await apps.get(name)!.close();
  apps.delete(name);
  await ask(`after-${name}`);
}
