import { rmSync } from 'node:fs';
import { chmod, lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the command line finds a running inspector by. It is believed when the pid is alive and `api/hello` has the same nonce. */
export interface DiscoveryEntry {
  readonly app: 'penguiflow';
  readonly url: string;
  /** For this URL alone. */
  readonly token: string | null;
  readonly pid: number;
  readonly nonce: string;
  readonly title: string;
  readonly startedMs: number;
}

/** Where they lie: of this user alone. */
export function discoveryFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return join(runtime, 'penguiflow');
  return join(homeOrTemp(), '.penguiflow', 'run');
}

/**
 * Writes the file of a running inspector, readable by this user alone. Where it cannot be written, or others could read it, there is none,
 * and nobody is told: it is a convenience.
 *
 * @returns what removes it
 */
export async function writeDiscoveryFile(entry: DiscoveryEntry, folder = discoveryFolder()): Promise<() => void> {
  const path = join(folder, `${entry.pid}-${entry.nonce}.json`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    // A user in a container may have a number and no name; Windows has neither.
    const uid = process.getuid?.();
    const found = await lstat(folder);
    if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) return () => {};
    const draft = `${path}.new`;
    await writeFile(draft, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch {
    return () => {};
  }
  return () => rmSync(path, { force: true });
}

function homeOrTemp(): string {
  try {
    return homedir();
  } catch {
    return tmpdir();
  }
}
