import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import { explainFileError, isTransientFileError } from '../files/file-error.js';
import { PackageFiles } from '../files/package-files.js';
import type { InstalledPackage } from '../messages/installed-package.js';
import { PackageManifest } from '../messages/package-manifest.js';
import { Unreadable } from '../messages/unreadable.js';

/** Reads `package.json`. Waits out a short file system, gives up on a broken file. */
@Node({ concurrency: 16, timeoutS: 5, maxRetries: 4, backoffBaseS: 0.1, jitter: 'full', retryOn: isTransientFileError })
export class ReadManifest implements FlowNode<InstalledPackage, PackageManifest | Unreadable> {
  constructor(private readonly files: PackageFiles) {}

  async process(installed: InstalledPackage, ctx: NodeContext): Promise<PackageManifest | Unreadable> {
    const { name, location, directory } = installed;
    let text: string;
    try {
      text = await this.files.readManifest(directory, ctx.signal);
    } catch (error) {
      return new Unreadable(name, location, explainFileError('package.json', error));
    }
    const fields = parse(text);
    if (typeof fields === 'string') return new Unreadable(name, location, fields);
    return new PackageManifest(installed, textOf(fields['name']) ?? name, textOf(fields['version']), fields);
  }
}

/** The fields of a manifest, or what is wrong with it. */
function parse(text: string): Record<string, unknown> | string {
  try {
    // Editors on Windows put a byte order mark in front, which npm accepts and JSON.parse does not.
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as Record<string, unknown>) : 'package.json holds no object';
  } catch (error) {
    return `package.json is not JSON: ${(error as SyntaxError).message}`;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
