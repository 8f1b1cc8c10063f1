import 'reflect-metadata';

import { configureLogging, FlowLogger, shutdownLogging } from '#src/index.js';
import { serveFlow, sqliteCarrier, type SqliteCarrierOptions } from '#src/distributed/index.js';

import { flowNamed, gate } from './flows.js';
import { keepRuns } from './runs.js';

/** What a worker is told when it starts. */
export interface WorkerFacts {
  readonly flow: string;
  readonly carrier: SqliteCarrierOptions;
  /** The file that runs are written to. */
  readonly runs: string;
  readonly groups?: readonly string[];
}

const { flow, carrier, runs, groups } = JSON.parse(process.argv[2] ?? '{}') as WorkerFacts;

configureLogging({ level: 'warn', structured: true, destination: 'stderr' });
keepRuns(runs);
gate.onHeld = (held) => process.send?.(`holds ${held}`);
const worker = await serveFlow(flowNamed(flow), {
  carrier: sqliteCarrier(carrier),
  middlewares: [FlowLogger],
  ...(groups === undefined ? {} : { groups }),
});
process.on('message', () => gate.open());
process.once('SIGTERM', () => void stop());
// Whoever started it has gone.
process.once('disconnect', () => void stop());
process.send?.('serves');

async function stop(): Promise<void> {
  await worker.stop({ drainS: 20 });
  await shutdownLogging();
  process.exit();
}
