import { Flow, FlowLogger, start } from 'penguiflow';

import { InstalledPackage } from './messages/installed-package.js';
import { AuditPackage } from './nodes/audit-package.js';
import { CollectFindings } from './nodes/collect-findings.js';
import { DiscoverPackages } from './nodes/discover-packages.js';
import { SlowNodes } from './report/slow-nodes.js';

/** From a project to all rows of the report: one trace for each audit. */
@Flow({ name: 'project-audit', middlewares: [FlowLogger, SlowNodes] })
export class ProjectAudit {
  readonly graph = start(DiscoverPackages)
    .on(InstalledPackage, AuditPackage)
    .otherwise(CollectFindings)
    .from(AuditPackage)
    .to(CollectFindings);
}
