import { Node, type FlowNode } from 'penguiflow';

import { declaredLicence, wasRepaired } from '../licence/declared-licence.js';
import { Classified } from '../messages/classified.js';
import type { PackageManifest } from '../messages/package-manifest.js';
import { Unclassified } from '../messages/unclassified.js';

/** Reads the licence out of a manifest; where the manifest says nothing of use, the package's files are asked next. */
@Node()
export class ClassifyLicence implements FlowNode<PackageManifest, Classified | Unclassified> {
  process(manifest: PackageManifest): Classified | Unclassified {
    const declared = declaredLicence(manifest.fields);
    switch (declared.kind) {
      case 'expression': {
        const evidence = wasRepaired(declared) ? `the manifest, which says "${declared.said}"` : 'the manifest';
        return new Classified(manifest, declared.expression, evidence);
      }
      case 'file':
        return new Unclassified(manifest, `the manifest says "${declared.said}"`, declared.file);
      case 'unknown':
        return new Unclassified(manifest, `the manifest says "${declared.said}", which is no SPDX licence`);
      case 'nothing':
        return new Unclassified(manifest, 'the manifest names no licence');
    }
  }
}
