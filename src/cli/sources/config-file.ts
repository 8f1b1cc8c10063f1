import { readFileSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';

import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { isPostgres } from './read-place.js';
import type { SourceOptions } from './source-options.js';

/** What a project says once and for all, as data. */
export const CONFIG_FILE = 'penguiflow.config.json';

const KEYS: readonly string[] = ['url', 'token', 'store', 'schema'];

/** The nearest one, in this folder or one around it; undefined where there is none. */
export function readConfig(folder: string): SourceOptions | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, CONFIG_FILE);
    const text = textOf(path);
    if (text !== undefined) return parseConfig(text, path);
    if (at === parse(at).root) return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Folders around this one may be none of the user's business.
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw new CommandFailure(EXIT.usage, `${path} cannot be read: ${(error as Error).message}`);
  }
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
    config = JSON.parse(text);
  } catch {
    throw new CommandFailure(EXIT.usage, `${path} is no JSON`);
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  throw new CommandFailure(EXIT.usage, `${path} is no object of JSON`);
}
