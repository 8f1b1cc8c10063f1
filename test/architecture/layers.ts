/** One row of the table of rooms. */
interface Row {
  readonly rooms: readonly string[];
  /** True when a room of the row may import those listed before it; otherwise the rooms of a row don't know each other. */
  readonly ordered?: boolean;
}

/** One import between two rooms. */
export interface RoomImport {
  /** The importing file: `src/queue/floe.ts`. */
  readonly from: string;
  readonly to: string;
  /** The import names types only, and is gone when the code runs. */
  readonly typeOnly: boolean;
}

/** The name under which files directly in `src/` (the assembly of the package and the barrel) appear in the table. */
export const ROOT = '.';

/**
 * The rooms of `src`, lowest row first: a folder, or a folder in one, that has files. The direction of every import, type
 * imports included, follows from this table: import from your own room, from lower rows, and in an ordered row from the
 * rooms to the left.
 */
const ROWS: readonly Row[] = [
  { rooms: ['errors', 'message'], ordered: true },
  { rooms: ['events', 'ports'], ordered: true },
  { rooms: ['packages', 'scheduling', 'trace-local', 'metadata', 'queue', 'policy'] },
  { rooms: ['graph', 'validation'] },
  {
    rooms: [
      'runtime/trace',
      'runtime/routing',
      'runtime/egress',
      'runtime/border',
      'runtime/core',
      'runtime/dependency',
      'runtime/attempt',
      'runtime/node',
      'runtime/control',
      'runtime/watch',
      'runtime',
    ],
    ordered: true,
  },
  { rooms: ['assembly/container', 'assembly'], ordered: true },
  { rooms: ['patterns', 'patterns/joins', 'patterns/streaming'] },
  {
    rooms: [
      'logging/lines',
      'logging/lines/human',
      'logging/redact',
      'logging/sinks',
      'logging/scope',
      'logging/winston',
      'logging/flow-logger',
      'logging',
    ],
    ordered: true,
  },
  { rooms: [ROOT] },
];

/** The folders that are subpath exports: they stand on the public API alone, and nobody imports them. */
export const SUBPATHS: readonly string[] = [
  'nestjs',
  'testing',
  'metrics',
  'otel',
  'store',
  'nats',
  'inspector',
  'cli',
  'distributed',
];

/**
 * What they see of each other: the entry points of others, which stay files of their own in the package. The command line is bundled as a
 * program of its own, which shares no class with others.
 */
const SUBPATHS_SEE: Readonly<Record<string, readonly string[]>> = {
  // Of functions a bundle may have a copy; classes come from the entry.
  inspector: ['src/store/index.ts', 'src/store/line-transport.ts'],
  nestjs: ['src/inspector/index.ts'],
  // The adapter of the drivers of SQLite, and errors between threads: functions, of which the thread of a carrier has copies.
  distributed: [
    'src/store/sql/sql-value.ts',
    'src/store/sqlite/database.ts',
    'src/store/sqlite/drivers.ts',
    'src/store/sqlite/driver-registry.ts',
    'src/store/sqlite/file-place.ts',
    'src/store/sqlite/store-error.ts',
    'src/store/thread/thread-protocol.ts',
  ],
  cli: [
    'src/logging/lines/',
    'src/graph/dominators.ts',
    'src/store/index.ts',
    'src/inspector/index.ts',
    'src/inspector/api.ts',
    'src/inspector/api-live.ts',
    'src/inspector/discovery-file.ts',
    'src/inspector/views/run-item.ts',
  ],
};

/** Rooms, or folders of rooms, that see less than the table allows: what they may import besides their own folder. */
const SEES: Readonly<Record<string, readonly string[]>> = {
  scheduling: ['ports'],
  patterns: ['errors', 'message', 'events', 'ports', 'trace-local', 'metadata', 'queue', 'policy', 'graph'],
  logging: ['errors', 'message', 'events', 'ports', 'packages'],
  'logging/scope': ['ports'],
};

/** What a folder may import from another as types only. */
const TYPES_ONLY: readonly (readonly [from: string, to: string])[] = [['runtime', 'validation']];

/** The only files of a folder that another one may import. */
const DOORS: readonly { readonly from: string; readonly to: string; readonly files: readonly string[] }[] = [
  {
    from: 'assembly',
    to: 'runtime',
    files: [
      'src/runtime/flow-parts.ts',
      'src/runtime/flow-recorder.ts',
      'src/runtime/attempt/node-call.ts',
      'src/runtime/attempt/attempt-context.ts',
      'src/runtime/attempt/node-result.ts',
    ],
  },
];

/** What the folders may import from outside; a folder that isn't named may import Node's own modules only. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  packages: ['reflect-metadata', 'tsyringe', 'winston'],
  metadata: ['reflect-metadata', 'tsyringe'],
  validation: ['class-transformer', 'class-validator'],
  assembly: ['tsyringe'],
  logging: ['reflect-metadata', 'winston'],
  metrics: ['prom-client'],
  otel: ['@opentelemetry/api'],
  store: ['better-sqlite3', 'libsql', 'pg'],
  [ROOT]: ['reflect-metadata', 'winston'],
};

/** `runtime/trace` for `src/runtime/trace/envelope.ts`, {@link ROOT} for `src/index.ts`; a subpath export is one room. */
export function roomOf(path: string): string {
  const folders = path.split('/').slice(1, -1);
  if (folders.length === 0) return ROOT;
  const [folder = ROOT] = folders;
  return SUBPATHS.includes(folder) ? folder : folders.join('/');
}

/** The first folder of a room: `runtime` for `runtime/trace`. */
export function folderOf(room: string): string {
  return room.split('/')[0] ?? room;
}

/** Why a file may not import another; undefined when it may. */
export function whyForbidden({ from, to, typeOnly }: RoomImport): string | undefined {
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (fromRoom === toRoom) return undefined;
  if (SUBPATHS.includes(fromRoom)) {
    const seen = ['src/index.ts', ...(SUBPATHS_SEE[fromRoom] ?? [])];
    return seen.some((path) => (path.endsWith('/') ? to.startsWith(path) : to === path))
      ? undefined
      : `a subpath export stands on the public API (${seen.join(', ')}) only`;
  }
  if (SUBPATHS.includes(toRoom)) return 'nobody imports a subpath export';
  return whyAgainstTable(fromRoom, toRoom) ?? whyAgainstExceptions(fromRoom, to, typeOnly);
}

function whyAgainstTable(from: string, to: string): string | undefined {
  const [fromRow, toRow] = [rowOf(from), rowOf(to)];
  if (fromRow === undefined) return `room ${from}/ is in no row of the table`;
  if (toRow === undefined) return `room ${to}/ is in no row of the table`;
  if (toRow > fromRow) return `row ${fromRow} may not import row ${toRow}`;
  if (toRow < fromRow) return undefined;
  const row = ROWS[fromRow - 1] as Row;
  if (row.ordered !== true) return `${from}/ and ${to}/ are in the same row`;
  return row.rooms.indexOf(to) < row.rooms.indexOf(from) ? undefined : `${to}/ stands to the right of ${from}/`;
}

function whyAgainstExceptions(from: string, toPath: string, typeOnly: boolean): string | undefined {
  const to = roomOf(toPath);
  const [fromFolder, toFolder] = [folderOf(from), folderOf(to)];
  for (const room of from === fromFolder ? [from] : [from, fromFolder]) {
    const sees = SEES[room];
    const inside = room === toFolder;
    if (sees !== undefined && !inside && !sees.includes(to)) return `${room}/ sees ${sees.join(', ')} only`;
  }
  if (!typeOnly && TYPES_ONLY.some(([a, b]) => a === fromFolder && b === toFolder)) {
    return `${fromFolder}/ sees the types of ${toFolder}/ only`;
  }
  const door = DOORS.find((each) => each.from === fromFolder && each.to === toFolder);
  return door === undefined || door.files.includes(toPath)
    ? undefined
    : `${fromFolder}/ sees of ${toFolder}/ only ${door.files.join(', ')}`;
}

function rowOf(room: string): number | undefined {
  const index = ROWS.findIndex((row) => row.rooms.includes(room));
  return index === -1 ? undefined : index + 1;
}
