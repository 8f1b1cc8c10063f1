import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { discoveryFolder, type DiscoveryEntry } from '../../inspector/discovery-file.js';

/** What an inspector that runs here says of itself. */
export type DiscoveredApp = Omit<DiscoveryEntry, 'app' | 'startedMs'>;

type Signal = (pid: number, signal: 0) => void;

/** Others could have written it. */
const OTHERS = 0o077;
/** Longer than any of them. */
const MAX_BYTES = 16_384;

/** Applications of this user whose process is alive; what cannot be read, or others may write, is left out. */
export function discoveredApps(
  env: NodeJS.ProcessEnv,
  signal: Signal = (pid, none) => process.kill(pid, none),
): DiscoveredApp[] {
  const folder = discoveryFolder(env);
  if (!isOurs(folder, 'folder')) return [];
  return names(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .filter((path) => isOurs(path, 'file'))
    .flatMap((path) => readApp(path) ?? [])
    .filter(({ pid }) => isAlive(pid, signal))
    .toSorted((one, other) => one.title.localeCompare(other.title) || one.pid - other.pid);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOurs(path: string, what: 'file' | 'folder'): boolean {
  const stats = statsOf(path);
  if (stats === undefined || !(what === 'file' ? stats.isFile() && stats.size <= MAX_BYTES : stats.isDirectory())) {
    return false;
  }
  // Windows has neither. A user in a container may have a number and no name.
  const uid = process.getuid?.();
  return uid === undefined || (stats.uid === uid && (stats.mode & OTHERS) === 0);
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function readApp(path: string): DiscoveredApp | undefined {
  try {
    const app = JSON.parse(readFileSync(path, 'utf8')) as Partial<DiscoveredApp> | null;
    const { url, token = null, pid, nonce, title = '' } = app ?? {};
    const isApp = typeof url === 'string' && typeof nonce === 'string' && Number.isSafeInteger(pid) && pid! > 0;
    if (!isApp || typeof title !== 'string' || (token !== null && typeof token !== 'string')) return undefined;
    return { url, token, pid: pid!, nonce, title };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number, signal: Signal): boolean {
  try {
    signal(pid, 0);
    return true;
  } catch {
    // There is none, or it is of another user, who has not written our file: the one that did has ended.
    return false;
  }
}
