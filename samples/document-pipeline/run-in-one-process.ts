import { createFlow } from 'penguiflow';

import { DocumentPipeline } from './document-pipeline.js';
import type { PipelineRun, Work } from './pipeline-run.js';
import { servicesFor } from './services-for.js';
import { sendDocuments } from './send-documents.js';

/** Runs the pipeline in this process, as any other flow. */
export async function runInOneProcess(work: Work): Promise<PipelineRun> {
  const beganMs = performance.now();
  await using flow = createFlow(DocumentPipeline, { providers: servicesFor(work) });
  await flow.run();
  const outcome = await sendDocuments(flow, work.paths);
  return { outcome, grades: await work.results.read(), tookMs: performance.now() - beganMs };
}
