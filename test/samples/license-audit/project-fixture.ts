import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A symbolic link in a fixture. */
export class Link {
  /** @param target - relative to the directory of the link */
  constructor(readonly target: string) {}
}

/** A directory in a fixture; those that hold something need none. */
export const DIRECTORY = Symbol('directory');

/** What a path of the fixture holds; an object is written as JSON. */
export type FixtureEntry = string | object | Link | typeof DIRECTORY;

/** A project in a temporary directory, gone when its block is left. */
export class ProjectFixture implements AsyncDisposable {
  private constructor(readonly directory: string) {}

  static async make(entries: Readonly<Record<string, FixtureEntry>>): Promise<ProjectFixture> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'audited-')));
    for (const [path, entry] of Object.entries(entries)) {
      const absolute = join(directory, path);
      await mkdir(dirname(absolute), { recursive: true });
      if (entry === DIRECTORY) await mkdir(absolute, { recursive: true });
      else if (entry instanceof Link) await symlink(entry.target, absolute);
      else await writeFile(absolute, typeof entry === 'string' ? entry : JSON.stringify(entry));
    }
    return new ProjectFixture(directory);
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
