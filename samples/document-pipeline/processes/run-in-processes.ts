import { join } from 'node:path';

import { connectFlow, sqliteCarrier } from 'penguiflow/distributed';

import { DocumentPipeline } from '../document-pipeline.js';
import type { PipelineRun, Work } from '../pipeline-run.js';
import { sendDocuments } from '../send-documents.js';
import { startWorker, type RunningWorker, type WorkerFacts } from './start-worker.js';

/** What was done by several processes. */
export interface DistributedRun extends PipelineRun {
  /** Messages that came to a worker although another one had them before. */
  readonly redelivered: number;
  readonly deadLetters: number;
}

/** What is told while it runs. */
export type Tell = (text: string) => void;

/**
 * Runs the pipeline in processes of their own: one for `io`, the others for `cpu`. When a third of the documents are done one of `cpu` is killed, and a new one takes its place.
 *
 * @param temporary - a folder for the queues
 */
export async function runInProcesses(
  work: Work,
  processes: number,
  temporary: string,
  tell: Tell,
): Promise<DistributedRun> {
  const beganMs = performance.now();
  const file = join(temporary, 'queues.db');
  let redelivered = 0;
  const workers = new Set<RunningWorker>();
  const start = async (name: string, group: string): Promise<RunningWorker> => {
    const facts: WorkerFacts = { name, group, file, folder: work.folder, results: work.results.path };
    const worker = await startWorker(facts, () => redelivered++);
    workers.add(worker);
    tell(`${name} (pid ${worker.pid}) serves ${group}`);
    return worker;
  };
  const replace = async (victim: RunningWorker, done: number): Promise<void> => {
    await victim.kill();
    workers.delete(victim);
    tell(`${done} are done: kill -9 ${victim.name}; others have what it held when its lease of 15 s is over`);
    await start(`cpu-${processes}`, victim.group);
  };
  try {
    await using client = await connectFlow(DocumentPipeline, { carrier: sqliteCarrier({ file }) });
    await start('io-1', 'io');
    const victim = await start('cpu-1', 'cpu');
    for (let number = 2; number < processes; number++) await start(`cpu-${number}`, 'cpu');

    let replaced: Promise<unknown> | undefined;
    const outcome = await sendDocuments(client, work.paths, (done) => {
      if (done < work.paths.length / 3) return;
      replaced ??= replace(victim, done);
    });
    await replaced;
    tell('all are done');
    const deadLetters = (await client.deadLetters.list()).length;
    const grades = await work.results.read();
    return { outcome, grades, redelivered, deadLetters, tookMs: performance.now() - beganMs };
  } finally {
    await Promise.all([...workers].map((worker) => worker.stop()));
  }
}
