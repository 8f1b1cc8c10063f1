import { FlowError } from '../../index.js';
import { requireFromHere, type Require } from '../sql/require-from-here.js';
import type { SqlRecord, SqlValue } from '../sql/sql-value.js';
import type { Driver, DriverName, SqlDatabase } from './database.js';
import { withoutSqliteWarning } from './sqlite-warning.js';

/** What is tried, best first. */
export const DRIVERS: readonly DriverName[] = ['node', 'better-sqlite3', 'libsql'];

/** The first version whose `node:sqlite` needs no flag. */
const NODE_SQLITE = 'Node 22.13';

/** Statements of any of the three. */
interface ForeignStatement {
  run(...values: unknown[]): { readonly changes: number | bigint };
  get(...values: unknown[]): SqlRecord | undefined;
  all(...values: unknown[]): SqlRecord[];
}

interface ForeignDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): ForeignStatement;
  close(): unknown;
}

type DatabaseClass = new (file: string, options?: object) => ForeignDatabase;

/**
 * The driver that was asked for, or the first that is there.
 * @param require - what finds packages; bundlers leave alone what may not be there
 * @param node - the version of Node
 * @throws FlowError `STORE_DRIVER_MISSING`
 */
export function loadDriver(
  wanted: DriverName | 'auto',
  require: Require = requireFromHere(),
  node = process.versions.node,
): Driver {
  const causes: unknown[] = [];
  for (const name of wanted === 'auto' ? DRIVERS : [wanted]) {
    try {
      if (name === 'better-sqlite3') checkVersion(require, node);
      const Database = load(name, require);
      return { name, open: (file) => new OpenDatabase(new Database(file), name !== 'node') };
    } catch (error) {
      causes.push(error);
    }
  }
  throw driverMissing(wanted, node, causes);
}

function load(name: DriverName, require: Require): DatabaseClass {
  if (name === 'better-sqlite3') return require('better-sqlite3') as DatabaseClass;
  if (name === 'libsql') return require('libsql') as DatabaseClass;
  return withoutSqliteWarning(() => require('node:sqlite') as { readonly DatabaseSync: DatabaseClass }).DatabaseSync;
}

/** better-sqlite3 from 13 on ends the process of an older Node, in the middle of it. */
function checkVersion(require: Require, node: string): void {
  if (isCurrent(node)) return;
  const { version } = require('better-sqlite3/package.json') as { readonly version: string };
  if (Number.parseInt(version, 10) < 13) return;
  throw new FlowError('STORE_DRIVER_MISSING', {
    message: `better-sqlite3 ${version} needs Node 22 or newer`,
    hint: `Run \`npm install ${packageOf('better-sqlite3', node)}\`, or use Node 22 or newer.`,
  });
}

/** What npm is to install. */
function packageOf(name: Exclude<DriverName, 'node'>, node: string): string {
  return name === 'better-sqlite3' && !isCurrent(node) ? `${name}@12` : name;
}

function isCurrent(node: string): boolean {
  return Number.parseInt(node, 10) >= 22;
}

function driverMissing(wanted: DriverName | 'auto', node: string, causes: readonly unknown[]): FlowError {
  const [cause] = causes;
  const metadata = { driver: wanted, node };
  if (wanted === 'auto') {
    const message = `No driver for SQLite is here: Node ${node} has no node:sqlite, and neither better-sqlite3 nor libsql can be loaded`;
    const hint = `Run \`npm install ${packageOf('better-sqlite3', node)}\` (or \`npm install libsql\`), or use ${NODE_SQLITE} or newer.`;
    return new FlowError('STORE_DRIVER_MISSING', { message, metadata, cause: causes.at(-1), hint });
  }
  const message = `The driver "${wanted}" for SQLite cannot be loaded: ${cause instanceof Error ? firstLine(cause.message) : String(cause)}`;
  const install =
    wanted === 'node'
      ? `Use ${NODE_SQLITE} or newer, or run \`npm install ${packageOf('better-sqlite3', node)}\` and leave \`driver\` out.`
      : `Run \`npm install ${packageOf(wanted, node)}\`, or leave \`driver\` out to take what is there.`;
  const hint = FlowError.is(cause) ? cause.hint : install;
  return new FlowError('STORE_DRIVER_MISSING', { message, metadata, cause, hint });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** One shape for all three. */
class OpenDatabase implements SqlDatabase {
  readonly #database: ForeignDatabase;
  /** The others take no bytes but those of Node's own class, and one of them gives an ArrayBuffer. */
  readonly #buffers: boolean;
  readonly #statements = new Map<string, ReturnType<SqlDatabase['prepare']>>();

  constructor(database: ForeignDatabase, buffers: boolean) {
    this.#database = database;
    this.#buffers = buffers;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare(sql: string): ReturnType<SqlDatabase['prepare']> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#wrap(this.#database.prepare(sql));
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #wrap(statement: ForeignStatement): ReturnType<SqlDatabase['prepare']> {
    const bound = this.#buffers ? asBuffers : withoutNothing;
    return {
      run: (...values) => Number(statement.run(...bound(values)).changes),
      get: (...values) => statement.get(...bound(values)),
      all: (...values) => statement.all(...bound(values)),
    };
  }
}

function asBuffers(values: SqlValue[]): SqlValue[] {
  for (const [index, value] of values.entries()) {
    if (value instanceof Uint8Array && !Buffer.isBuffer(value)) {
      values[index] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  }
  return values;
}

/** No bytes that are somewhere: `node:sqlite` of Node 22 takes those that are nowhere, as a thread gets them, for null. */
const NO_BYTES = new Uint8Array(new ArrayBuffer(1), 0, 0);

function withoutNothing(values: SqlValue[]): SqlValue[] {
  for (const [index, value] of values.entries()) {
    if (value instanceof Uint8Array && value.length === 0) values[index] = NO_BYTES;
  }
  return values;
}
