import type { InstalledPackage } from './installed-package.js';

/** The `package.json` of an installed package. */
export class PackageManifest {
  constructor(
    readonly installed: InstalledPackage,
    readonly name: string,
    readonly version: string | null,
    /** Everything in the file; its types are as its author left them. */
    readonly fields: Readonly<Record<string, unknown>>,
  ) {}
}
