import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { Project } from '../messages/project.js';
import { UsageError } from '../usage-error.js';

/**
 * Checks that there is something to audit.
 *
 * @throws UsageError when the directory, or its `node_modules`, is missing
 */
export async function openProject(directory: string): Promise<Project> {
  if (!(await isDirectory(directory))) throw new UsageError(`There is no directory ${directory}.`);
  const real = await realpath(directory);
  if (!(await isDirectory(join(real, 'node_modules')))) {
    throw new UsageError(`There is no node_modules in ${real}. Install the dependencies first (npm install).`);
  }
  return new Project(await nameOf(real), real);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The project's own manifest only gives the title of the report, so a missing or broken one is no trouble. */
async function nameOf(directory: string): Promise<string> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { name?: unknown } | null;
    if (typeof manifest?.name === 'string' && manifest.name !== '') return manifest.name;
  } catch {
    // Falls through to the directory's name.
  }
  return basename(directory);
}
