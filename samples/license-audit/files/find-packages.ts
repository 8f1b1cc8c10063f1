import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

import { InstalledPackage } from '../messages/installed-package.js';
import { Unreadable } from '../messages/unreadable.js';
import { explainFileError, fileErrorCode } from './file-error.js';

/**
 * Finds every package that is installed under a project: nested ones, scoped ones, linked ones, those in the store of
 * pnpm and those of workspaces. Each directory once, however many links lead to it.
 *
 * Workspaces need no reading of globs: package managers link each of them into `node_modules`. They are the project's own
 * code, so they are searched and not reported.
 */
export async function* findPackages(project: string): AsyncGenerator<InstalledPackage | Unreadable, void, undefined> {
  // Real paths, which is also what ends the walk when links lead in a circle.
  const seen = new Set<string>([project]);

  async function* folder(path: string): AsyncGenerator<InstalledPackage | Unreadable, void, undefined> {
    const location = relative(project, path);
    let names: string[];
    try {
      const real = await realpath(path);
      if (seen.has(real)) return;
      seen.add(real);
      names = await readdir(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error) ?? '')) return;
      yield new Unreadable(basename(path), location, explainFileError(location, error));
      return;
    }
    for (const name of inOrder(names)) {
      if (name === STORE) {
        for (const kept of await list(join(path, name))) yield* folder(join(path, name, kept, 'node_modules'));
      } else if (name.startsWith('@')) {
        yield* folder(join(path, name));
      } else if (!name.startsWith('.')) {
        yield* entry(join(path, name));
      }
    }
  }

  async function* entry(path: string): AsyncGenerator<InstalledPackage | Unreadable, void, undefined> {
    const location = relative(project, path);
    const name = nameOf(location);
    let directory: string;
    try {
      directory = await realpath(path);
      if (seen.has(directory) || !(await stat(directory)).isDirectory()) return;
    } catch (error) {
      const lost = fileErrorCode(error) === 'ENOENT';
      yield new Unreadable(name, location, lost ? 'a link that leads nowhere' : explainFileError(location, error));
      return;
    }
    seen.add(directory);
    if (!isOwn(project, directory)) yield new InstalledPackage(name, location, directory);
    yield* folder(join(path, 'node_modules'));
  }

  yield* folder(join(project, 'node_modules'));
}

/** The names in the store; it is searched as far as it can be, for each package in it is linked from outside as well. */
async function list(store: string): Promise<string[]> {
  return readdir(store).catch(() => []);
}

/** Where pnpm keeps the packages that its links lead to. */
const STORE = '.pnpm';

/** By name, the store last: a package is then known by the link that people see. */
function inOrder(names: readonly string[]): string[] {
  const rank = (name: string): number => (name === STORE ? 1 : 0);
  return names.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Inside the project and not below a `node_modules`: a workspace, or another part of its source. */
function isOwn(project: string, directory: string): boolean {
  const path = relative(project, directory).split(sep);
  return path[0] !== '..' && !path.includes('node_modules');
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(location: string): string {
  const path = location.split(sep);
  return path.slice(path.lastIndexOf('node_modules') + 1).join('/');
}
