import type { LicenceExpression } from '../licence/licence-expression.js';
import type { PackageManifest } from './package-manifest.js';

/** A package whose licence is known, or known to be nowhere. */
export class Classified {
  constructor(
    readonly manifest: PackageManifest,
    /** Undefined when neither the manifest nor a file gives it away. */
    readonly licence: LicenceExpression | undefined,
    /** Where that is known from, for people: `the manifest says "Apache 2"`. */
    readonly evidence: string,
  ) {}
}
