import { Flow, FlowLogger, start } from 'penguiflow';

import { Classified } from './messages/classified.js';
import { Copyleft } from './messages/copyleft.js';
import { Judged } from './messages/judged.js';
import { PackageManifest } from './messages/package-manifest.js';
import { Unclassified } from './messages/unclassified.js';
import { Unreadable } from './messages/unreadable.js';
import { CheckPolicy } from './nodes/check-policy.js';
import { ClassifyLicence } from './nodes/classify-licence.js';
import { InspectCopyleft } from './nodes/inspect-copyleft.js';
import { ReadLicenceFile } from './nodes/read-licence-file.js';
import { ReadManifest } from './nodes/read-manifest.js';
import { RecordFinding } from './nodes/record-finding.js';
import { SlowNodes } from './report/slow-nodes.js';

/** From a directory to a row of the report: one trace for each package. */
@Flow({ name: 'package-audit', middlewares: [FlowLogger, SlowNodes] })
export class PackageAudit {
  readonly graph = start(ReadManifest)
    .on(PackageManifest, ClassifyLicence)
    .on(Unreadable, RecordFinding)
    .from(ClassifyLicence)
    .on(Classified, CheckPolicy)
    .on(Unclassified, ReadLicenceFile)
    .from(ReadLicenceFile)
    .to(CheckPolicy)
    .from(CheckPolicy)
    .on(Judged, RecordFinding)
    .on(Copyleft, InspectCopyleft)
    .from(InspectCopyleft)
    .to(RecordFinding);
}
