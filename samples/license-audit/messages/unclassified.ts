import type { PackageManifest } from './package-manifest.js';

/** A package whose manifest does not say which licence it has; a file may. */
export class Unclassified {
  constructor(
    readonly manifest: PackageManifest,
    /** What the manifest says instead, for people: `the manifest names no licence`. */
    readonly problem: string,
    /** The file that the manifest points to, if it does. */
    readonly licenceFile?: string,
  ) {}
}
