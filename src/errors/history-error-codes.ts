import type { FlowErrorEntry } from './flow-error-code.js';

/** The part of the catalogue about history and its stores. */
export const HISTORY_ERRORS = {
  RUN_NOT_FOUND: {
    summary: 'A history knows no such run.',
    fix: 'Look for it with `history.list()`: it may not have been recorded, or be older than what is kept.',
  },
  REPLAY_REFUSED: {
    summary: 'A run cannot be done again as it was asked for.',
    fix: 'Read `metadata.reasons`, and `history.planReplay()` for what would happen; `force: true` does it in spite of all but what is gone.',
  },
  PAYLOAD_UNREADABLE: {
    summary: 'A payload of a history cannot be read.',
    fix: 'Give the history the `seal` with which it was written; `cause` says what went wrong.',
  },
  STORE_ROW_REFUSED: {
    summary: 'A batch for a store of history holds a row that the store can never take, so nothing of it was written.',
    fix: 'Write the batch without the row that `metadata.table` and `metadata.runId` name; run ids are made with `runIdOf(runner, number)`.',
  },
  STORE_DRIVER_MISSING: {
    summary: 'History is to be kept in a database, and no driver for it can be loaded.',
    fix: 'For SQLite run `npm install libsql` or `npm install better-sqlite3` (on Node 20 `better-sqlite3@12`), or use Node 22.13 or newer, which has one; for Postgres run `npm install pg`.',
  },
  STORE_DRIVER_MIXED: {
    summary:
      'A file of history is open in this process with another driver: two SQLite libraries in a process break the locks of each other.',
    fix: 'Name the same `driver` wherever the file is opened, or share one store.',
  },
  STORE_WORKER_MISSING: {
    summary: 'The file that the threads of a store run is not where it should be: a bundler has left it behind.',
    fix: 'Make `penguiflow/store/sqlite-worker`, or `penguiflow/store/postgres-worker`, an entry of the bundler and pass what comes of it: `worker: new URL("./sqlite-worker.js", import.meta.url)`; or do without threads: `worker: "inline"`.',
  },
  STORE_FILE_UNSUPPORTED: {
    summary: 'A file of history cannot be kept where it is to be, or belongs to another program or to a newer version.',
    fix: 'Name a file on a disk of this machine; for several machines use a database server.',
  },
  STORE_SCHEMA_UNSUPPORTED: {
    summary: 'The tables of history in Postgres are not there, may not be used, or belong to another version.',
    fix: 'Open the store once with `migrate: "auto"` as a role that may create tables, and grant the rights that `metadata.missing` names; where a newer version has made them, update penguiflow.',
  },
  STORE_CORRUPT: {
    summary: 'A file of history was damaged. It has been renamed, and a new one begins.',
    fix: 'Nothing to do for what comes; `metadata.renamed` names what is left of the old file, for `sqlite3 FILE .recover`.',
  },
  STORE_UNAVAILABLE: {
    summary:
      'A store of history cannot be used at the moment: its disk is full, another process holds it, its thread has ended, its server is away.',
    fix: 'Read `cause`; the same call may work later.',
  },
} as const satisfies Record<string, FlowErrorEntry>;
