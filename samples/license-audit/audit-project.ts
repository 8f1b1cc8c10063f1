import { configureLogging, createFlow, shutdownLogging } from 'penguiflow';

import type { AuditOptions } from './command-line.js';
import { openProject } from './files/open-project.js';
import { LicencePolicy } from './policy/licence-policy.js';
import { loadPolicy } from './policy/load-policy.js';
import { ProjectAudit } from './project-audit.js';
import { Recording } from './recording.js';
import { AuditProgress } from './report/audit-progress.js';
import { reportOf, type AuditReport } from './report/audit-report.js';
import { SlowNodes } from './report/slow-nodes.js';

/**
 * Audits a project.
 *
 * @throws UsageError when the audit cannot begin
 * @throws FlowError `ABORTED` when the signal aborts
 */
export async function auditProject(
  options: AuditOptions,
  progress: AuditProgress,
  signal: AbortSignal,
): Promise<AuditReport> {
  const startedMs = performance.now();
  const project = await openProject(options.directory);
  const policy = await loadPolicy(options.policy);
  const slowNodes = new SlowNodes();
  const recording = new Recording(options.history);
  configureLogging({ structured: true, destination: { file: options.log } });
  try {
    await using flow = createFlow(ProjectAudit, {
      ...recording.option,
      providers: [
        { token: LicencePolicy, useValue: policy },
        { token: AuditProgress, useValue: progress },
        { token: SlowNodes, useValue: slowNodes },
        { token: Recording, useValue: recording },
      ],
    });
    await flow.run();
    const { rows } = await flow.call(project, { traceId: project.name, signal });
    return reportOf({
      project: project.name,
      directory: project.directory,
      policy: options.policy,
      findings: rows,
      slowestNodes: slowNodes.timings(),
      durationMs: Math.round(performance.now() - startedMs),
      log: options.log,
    });
  } finally {
    progress.end();
    await recording.close();
    await shutdownLogging();
  }
}
