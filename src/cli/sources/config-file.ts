import { lstatSync, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';

import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { isPostgres } from './read-place.js';
import type { SourceOptions } from './source-options.js';

/** What a project says once and for all, as data. */
export const CONFIG_FILE = 'penguiflow.config.json';

/** Longer than any. */
const MAX_BYTES = 65_536;
const BYTE_ORDER_MARK = /^\ufeff/;

const KEYS: readonly string[] = ['url', 'token', 'store', 'schema'];

/**
 * The nearest one, in this folder or one around it; undefined where there is none. What somebody else has put into a folder
 * for all, as `/tmp` is, is none of this project.
 */
export function readConfig(folder: string): SourceOptions | undefined {
  const start = resolve(folder);
  for (let at = start; ; at = dirname(at)) {
    const path = join(at, CONFIG_FILE);
    const text = textOf(path, start);
    if (text !== undefined) return parseConfig(text, path);
    if (at === parse(at).root) return undefined;
  }
}

function textOf(path: string, start: string): string | undefined {
  try {
    // As it lies there: a link is its maker's, wherever it leads.
    if (!isTrusted(lstatSync(path), start)) return undefined;
    const found = statSync(path);
    // A pipe would have it wait for ever.
    if (!found.isFile() || found.size > MAX_BYTES) throw new CommandFailure(EXIT.usage, `${path} is no file of JSON`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    // Folders around this one may be none of the user's business.
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw new CommandFailure(EXIT.usage, `${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Of this user, of root, or of whoever the folder is of in which the command runs: a checkout that is mounted has an owner of its own. */
function isTrusted({ uid }: Stats, start: string): boolean {
  const own = process.getuid?.();
  return own === undefined || uid === own || uid === 0 || uid === statSync(start).uid;
}

function parseConfig(text: string, path: string): SourceOptions {
  const config = parsed(text, path);
  for (const [key, value] of Object.entries(config)) {
    if (!KEYS.includes(key)) {
      throw new CommandFailure(
        EXIT.usage,
        `${path} has an unknown key ${JSON.stringify(key)}`,
        `There are ${KEYS.join(', ')}.`,
      );
    }
    // Not shown: it may be a token.
    if (typeof value !== 'string' || value === '') throw new CommandFailure(EXIT.usage, `${key} in ${path} is no text`);
  }
  const { store, ...others } = config as { readonly store?: string };
  if (store === undefined) return others;
  return { ...others, store: isPostgres(store) ? store : resolve(dirname(path), store) };
}

function parsed(text: string, path: string): object {
  let config: unknown;
  try {
    config = JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
  } catch {
    throw new CommandFailure(EXIT.usage, `${path} is no JSON`);
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  throw new CommandFailure(EXIT.usage, `${path} is no object of JSON`);
}
