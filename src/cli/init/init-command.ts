import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { oneLine } from '../../logging/lines/human/human-text.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { packageManifest } from '../package-manifest.js';
import { paintFor } from '../paint.js';
import type { Terminal } from '../terminal.js';
import { projectFiles, type ProjectKind } from './project-files.js';

/** Options of `penguiflow init`. */
export interface InitOptions {
  readonly nest?: true;
  readonly store?: true;
  readonly distributed?: true;
  readonly force?: true;
}

/** What may lie in a folder that counts as empty. */
const NO_MATTER: ReadonlySet<string> = new Set(['.git', '.DS_Store', 'Thumbs.db']);

/** `penguiflow init [DIR]` */
export async function initProject(terminal: Terminal, dir: string | undefined, options: InitOptions): Promise<number> {
  const folder = resolve(dir ?? '.');
  const kind = kindOf(options);
  checkFolder(folder, dir ?? '.', options.force === true);
  const { bold, dim, yellow } = paintFor(terminal.colours);
  const lines: string[] = [];
  for (const [path, text] of projectFiles(kind, nameOf(folder), packageManifest())) {
    const kept = write(folder, path, text).map((each) => yellow(`what was there is ${oneLine(each)} now`));
    lines.push([`  ${path}`, ...kept].join('  '));
  }
  const place = relative(process.cwd(), folder);
  const commands = [...(place === '' ? [] : [`cd ${shellWord(place)}`]), 'npm install', 'npm test', 'npm start'];
  if (kind === 'store') commands.push('npx penguiflow traces');
  lines.unshift(bold(`${place === '' ? '.' : oneLine(place)}/`));
  await terminal.print(`${lines.join('\n')}\n\n${dim('Next:')}\n${commands.map((each) => `  ${each}\n`).join('')}`);
  return EXIT.ok;
}

function kindOf({ nest, store, distributed }: InitOptions): ProjectKind {
  if (distributed === true) {
    throw new CommandFailure(
      EXIT.usage,
      '--distributed comes later: this version runs a flow in one process',
      'Several processes can share a history today: penguiflow init --store.',
    );
  }
  return nest === true ? 'nest' : store === true ? 'store' : 'plain';
}

function checkFolder(folder: string, named: string, force: boolean): void {
  const found = statsOf(folder);
  if (found === undefined) return;
  if (found.isSymbolicLink() && !existsSync(folder)) {
    throw new CommandFailure(EXIT.usage, `${named} is a link to what is not there`);
  }
  if (!statSync(folder).isDirectory()) throw new CommandFailure(EXIT.usage, `${named} is a file`);
  const inIt = readdirSync(folder).filter((name) => !NO_MATTER.has(name));
  if (inIt.length === 0 || force) return;
  const some = inIt.slice(0, 3).join(', ');
  throw new CommandFailure(
    EXIT.usage,
    `${named} is not empty: ${some}${inIt.length > 3 ? ` and ${inIt.length - 3} more` : ''}`,
    'Name another folder, or use --force: what it has to replace is kept beside it.',
  );
}

/** @returns the new names of what was in the way */
function write(folder: string, path: string, text: string): string[] {
  const [file, parent] = [join(folder, path), join(folder, dirname(path))];
  // Never through a link to somewhere else.
  const kept = [parent === folder ? undefined : putAside(parent, (found) => found.isDirectory())];
  mkdirSync(parent, { recursive: true });
  kept.push(putAside(file, (found) => found.isFile() && isSame(file, text)));
  // Nor over what came meanwhile.
  if (statsOf(file) === undefined) writeFileSync(file, text, { flag: 'wx' });
  return kept.filter((name) => name !== undefined);
}

/** @returns the new name of what was there, if that must not stay */
function putAside(path: string, mayStay: (found: Stats) => boolean): string | undefined {
  const found = statsOf(path);
  if (found === undefined || mayStay(found)) return undefined;
  let kept = `${path}.bak`;
  for (let number = 2; statsOf(kept) !== undefined; number++) kept = `${path}.bak${number}`;
  renameSync(path, kept);
  return basename(kept);
}

function isSame(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A name that npm takes. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100);
  return name === '' || name === 'penguiflow' ? 'my-flows' : name;
}
