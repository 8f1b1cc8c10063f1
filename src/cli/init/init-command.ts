import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

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
    const kept = write(join(folder, path), text);
    lines.push(kept === undefined ? `  ${path}` : `  ${path}  ${yellow(`the one that was there is ${kept} now`)}`);
  }
  const place = relative(process.cwd(), folder);
  const commands = [...(place === '' ? [] : [`cd ${place}`]), 'npm install', 'npm test', 'npm start'];
  if (kind === 'store') commands.push('npx penguiflow traces');
  lines.unshift(bold(`${place === '' ? '.' : place}/`));
  await terminal.write(`${lines.join('\n')}\n\n${dim('Next:')}\n${commands.map((each) => `  ${each}\n`).join('')}`);
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
  if (!existsSync(folder)) return;
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

/** @returns the new name of what was there, if that was something else */
function write(path: string, text: string): string | undefined {
  mkdirSync(dirname(path), { recursive: true });
  let kept: string | undefined;
  if (existsSync(path) && (statSync(path).isDirectory() || readFileSync(path, 'utf8') !== text)) {
    kept = `${path}.bak`;
    for (let number = 2; existsSync(kept); number++) kept = `${path}.bak${number}`;
    renameSync(path, kept);
  }
  // Never through a link to somewhere else, or over what came meanwhile.
  if (kept !== undefined || !existsSync(path)) writeFileSync(path, text, { flag: 'wx' });
  return kept === undefined ? undefined : basename(kept);
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
