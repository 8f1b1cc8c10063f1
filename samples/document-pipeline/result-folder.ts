import { createHash, randomUUID } from 'node:crypto';
import { link, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Grade } from './messages/grade.js';

const WHOLE = '.json';

/** The results, a file of each. Any number of processes may write, and be killed while they do. */
export class ResultFolder {
  constructor(readonly path: string) {}

  /**
   * Writes a result once, whole or not at all.
   * @returns false when one of that key lies there
   */
  async add(key: string, grade: Grade): Promise<boolean> {
    const draft = join(this.path, `${randomUUID()}.draft`);
    await writeFile(draft, JSON.stringify(grade));
    try {
      await link(draft, join(this.path, `${nameOf(key)}${WHOLE}`));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    } finally {
      await unlink(draft);
    }
  }

  /** All of them, by path. */
  async read(): Promise<readonly Grade[]> {
    const names = (await readdir(this.path)).filter((name) => name.endsWith(WHOLE));
    const grades = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(this.path, name), 'utf8')) as Grade),
    );
    return grades.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  }
}

/** A key may have what a name of a file cannot. */
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}
