import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { UsageError } from './usage-error.js';

/** A message may have a megabyte; what is larger is a changelog of ten years. */
const MOST_BYTES = 200_000;

/**
 * The Markdown files below a folder, as paths in it: the first ones in alphabetical order.
 *
 * @param most - at most so many
 * @throws UsageError when there is no such folder, or none in it
 */
export async function findDocuments(folder: string, most: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new UsageError(`Cannot read ${folder}: ${(error as Error).message}.`);
  });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  const chosen: string[] = [];
  for (const path of paths) {
    if (chosen.length === most) break;
    const { size } = await stat(join(folder, path));
    if (size > 0 && size <= MOST_BYTES) chosen.push(path);
  }
  if (chosen.length === 0) throw new UsageError(`There is no Markdown file below ${folder}.`);
  return chosen;
}
