import 'reflect-metadata';
import { mkdtempSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFlow, FlowLogger, LOGGER } from 'penguiflow';

import { appLogger } from './app-logger.js';
import { Orders } from './orders.js';
import { TenantFlowLogger } from './tenant-flow-logger.js';

/** Runs a flow whose events, nodes and libraries all write to a winston logger of the application's. */
async function main(): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'own-logger-')), 'warnings.log');
  const logger = appLogger(file);
  const flow = createFlow(Orders, {
    providers: [
      { token: LOGGER, useValue: logger },
      { token: FlowLogger, useClass: TenantFlowLogger },
    ],
  });
  await flow.run();
  await flow.call({ id: 'o-1', card: '4111111111111111' }, { tenant: 'acme', traceId: 'order-1' });
  await flow.call({ id: 'o-2', card: '5500000000000004' }, { tenant: 'probe', traceId: 'order-2' });
  await flow.stop();

  // The logger is the application's: whoever made it ends it, after the last flow.
  const finished = once(logger, 'finish');
  logger.end();
  await finished;
  console.log(`\n${file}:\n${readFileSync(file, 'utf8').trim()}`);
}

await main();
