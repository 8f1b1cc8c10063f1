import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What the package says of itself. */
export interface PackageManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function packageManifest(): PackageManifest {
  const path = createRequire(import.meta.url).resolve('penguiflow/package.json');
  return JSON.parse(readFileSync(path, 'utf8')) as PackageManifest;
}
