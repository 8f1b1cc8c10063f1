import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';

/** A file that should hold the licence of a package. */
export interface LicenceFile {
  readonly name: string;
  readonly text: string;
}

/** `LICENSE`, `licence.md`, `LICENSE-MIT.txt`, `COPYING.LESSER`, `UNLICENSE`. */
const NAME = /^(un)?licen[cs]e|^copying/i;

/** Source files are called so too. */
const NO_TEXT = /\.(js|ts|json|html|css|map|yml)$/i;

/** No licence is longer; a bundle of third-party notices is. */
const MOST_CHARACTERS = 200_000;

/** Reads the files of a package. The nodes get it injected, so that a test can put a slow or failing disk in its place. */
export class PackageFiles {
  readManifest(directory: string, signal: AbortSignal): Promise<string> {
    return readText(join(directory, 'package.json'), signal);
  }

  /**
   * Reads the file with the licence of a package.
   *
   * @param named - the file that the manifest names, if it does
   * @returns undefined when there is none
   */
  async readLicence(
    directory: string,
    named: string | undefined,
    signal: AbortSignal,
  ): Promise<LicenceFile | undefined> {
    const name = named === undefined ? await this.findLicence(directory) : inside(named);
    if (name === undefined) return undefined;
    const text = await readText(join(directory, name), signal);
    return { name, text: text.slice(0, MOST_CHARACTERS) };
  }

  /** The name of the licence file of a package, the plainest if there are several. */
  async findLicence(directory: string): Promise<string | undefined> {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && NAME.test(entry.name) && !NO_TEXT.test(entry.name))
      .map((entry) => entry.name)
      .toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
  }
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  const found = await stat(path);
  // Reading a pipe or a device may never end, and no timeout frees the thread that does it.
  if (!found.isFile() && !found.isDirectory()) {
    throw Object.assign(new Error(`${path} is no file`), { code: 'EFTYPE', syscall: 'read' });
  }
  return readFile(path, { encoding: 'utf8', signal });
}

/** A manifest is not trusted: what it names must lie in its own package. */
function inside(named: string): string | undefined {
  const path = normalize(named.trim());
  return isAbsolute(path) || path.startsWith('..') ? undefined : path;
}
