import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { InstalledPackage } from '../messages/installed-package.js';
import { Unreadable } from '../messages/unreadable.js';
import { explainFileError, fileErrorCode } from './file-error.js';

/** What the walk comes upon. */
type Found = InstalledPackage | Unreadable;

/** Where pnpm keeps the packages that its links lead to. */
const STORE = '.pnpm';

/**
 * Finds every package that is installed under a project: nested ones, scoped ones, linked ones, those in the store of
 * pnpm and those of workspaces. Each directory once, however many links lead to it.
 *
 * Workspaces need no reading of globs: package managers link each of them into `node_modules`. They are the project's own
 * code, so they are searched and not reported.
 *
 * @param project - the project's directory, absolute, links resolved
 */
export async function* findPackages(project: string): AsyncGenerator<Found, void, undefined> {
  // Real paths, which is also what ends the walk when links lead in a circle.
  const seen = new Set<string>([project]);

  /** A `node_modules` or a scope in one; `location` is how people see it, `path` may end in a link. */
  async function* folder(location: string, path: string): AsyncGenerator<Found, void, undefined> {
    let entries: Dirent[];
    let directory: string;
    try {
      entries = await readdir(path, { withFileTypes: true });
      directory = await realpath(path);
    } catch (error) {
      if (isMissing(error)) return;
      yield new Unreadable(nameOf(location), location, explainFileError(location, error));
      return;
    }
    if (seen.has(directory)) return;
    seen.add(directory);
    for (const entry of entries.toSorted(storeLast)) {
      const { name } = entry;
      const inside = join(directory, name);
      if (name === STORE) {
        yield* store(join(location, name), inside);
      } else if (name.startsWith('@')) {
        yield* folder(join(location, name), inside);
      } else if (!name.startsWith('.')) {
        yield* candidate(join(location, name), inside, entry);
      }
    }
  }

  async function* store(location: string, path: string): AsyncGenerator<Found, void, undefined> {
    // Searched as far as it can be: each package in it that the project sees is linked from outside as well.
    for (const kept of await readdir(path).catch(() => [])) {
      yield* folder(join(location, kept, 'node_modules'), join(path, kept, 'node_modules'));
    }
  }

  async function* candidate(location: string, path: string, entry: Dirent): AsyncGenerator<Found, void, undefined> {
    let directory = path;
    if (entry.isSymbolicLink()) {
      try {
        directory = await realpath(path);
        if (!(await stat(directory)).isDirectory()) return;
      } catch (error) {
        const problem = isMissing(error) ? 'a link that leads nowhere' : explainFileError(location, error);
        yield new Unreadable(nameOf(location), location, problem);
        return;
      }
    } else if (!entry.isDirectory()) {
      return;
    }
    if (seen.has(directory)) return;
    seen.add(directory);
    if (!isOwn(project, directory)) yield new InstalledPackage(nameOf(location), location, directory);
    yield* folder(join(location, 'node_modules'), join(directory, 'node_modules'));
  }

  yield* folder('node_modules', join(project, 'node_modules'));
}

function isMissing(error: unknown): boolean {
  const code = fileErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** By name, the store last: a package is then known by the link that people see. */
function storeLast(a: Dirent, b: Dirent): number {
  return Number(a.name === STORE) - Number(b.name === STORE) || (a.name < b.name ? -1 : 1);
}

/** Inside the project and not below a `node_modules`: a workspace, or another part of its source. */
function isOwn(project: string, directory: string): boolean {
  const path = relative(project, directory).split(sep);
  return path[0] !== '..' && !path.includes('node_modules');
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(location: string): string {
  const path = location.split(sep);
  return path.slice(path.lastIndexOf('node_modules') + 1).join('/') || location;
}
