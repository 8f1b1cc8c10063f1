import 'reflect-metadata';

import { configureLogging, shutdownLogging } from 'penguiflow';
import { serveFlow, sqliteCarrier } from 'penguiflow/distributed';

import { DocumentPipeline } from '../document-pipeline.js';
import { ResultFolder } from '../result-folder.js';
import { servicesFor } from '../services-for.js';
import type { WorkerFacts, WorkerWord } from './start-worker.js';

/** Whoever stops it waits for no longer than that. */
const DRAIN_S = 10;

const { name, group, file, folder, results } = JSON.parse(process.argv[2] ?? '{}') as WorkerFacts;

configureLogging({ level: 'error', structured: false, destination: 'stderr' });
const worker = await serveFlow(DocumentPipeline, {
  carrier: sqliteCarrier({ file }),
  groups: [group],
  workerId: name,
  providers: servicesFor({ folder, results: new ResultFolder(results) }),
});
worker.on('message_redelivered', () => tell('again'));
tell('serves');

// It is to die in the middle of a document: nothing is said to anybody, and nothing is written.
process.once('message', () => worker.on('node_start', () => void process.kill(process.pid, 'SIGKILL')));
process.once('SIGTERM', () => void stop());
// Whoever started it has gone.
process.once('disconnect', () => void stop());

async function stop(): Promise<void> {
  await worker.stop({ drainS: DRAIN_S });
  await shutdownLogging();
  if (process.connected) process.disconnect();
}

function tell(word: WorkerWord): void {
  process.send?.(word);
}
