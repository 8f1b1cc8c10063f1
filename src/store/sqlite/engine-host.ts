import { callEngine, type Side } from '../thread/side.js';
import type { Driver, DriverName } from './database.js';
import type { Pause } from './connection.js';
import { loadDriver } from './drivers.js';
import { openToRead, openToWrite, type FileSettings } from './open-file.js';
import { SqliteReader, SqliteWriter } from './sqlite-engine.js';
import { fromSqlite, isCorrupt, storeError } from './store-error.js';

/** What a side of the store is for. */
export type Role = 'write' | 'read';

/** What a side is made of, where it is a thread. */
export interface HostSetup {
  readonly role: Role;
  readonly settings: FileSettings;
}

/** What may be called on a side. */
export interface FileSide extends Side {
  /** @throws FlowError `STORE_DRIVER_MISSING` */
  load(wanted: DriverName | 'auto'): Promise<DriverName>;
  /** Opens the file, with the driver that was loaded. */
  start(): Promise<void>;
}

/** One side of the store, wherever it runs. */
export class EngineHost implements FileSide {
  readonly alive = true;
  readonly #role: Role;
  readonly #settings: FileSettings;
  readonly #pause: Pause;
  #driver: Driver | undefined;
  #engine: SqliteWriter | SqliteReader | undefined;

  constructor(role: Role, settings: FileSettings, pause: Pause) {
    this.#role = role;
    this.#settings = settings;
    this.#pause = pause;
  }

  async load(wanted: DriverName | 'auto'): Promise<DriverName> {
    this.#driver = loadDriver(wanted);
    return this.#driver.name;
  }

  async start(): Promise<void> {
    await this.#telling(async () => {
      const driver = this.#driver!;
      if (this.#role === 'write')
        this.#engine = new SqliteWriter(await openToWrite(driver, this.#settings, this.#pause));
      else this.#engine = new SqliteReader(await openToRead(driver, this.#settings.file, this.#pause));
    });
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#telling(() => callEngine(this.#engine!, method, args));
  }

  async dispose(): Promise<void> {
    this.#engine?.dispose();
    this.#engine = undefined;
  }

  /** What SQLite says, in words of ours. */
  async #telling<Result>(work: () => Promise<Result>): Promise<Result> {
    const { file } = this.#settings;
    try {
      return await work();
    } catch (error) {
      if (isCorrupt(error)) throw storeError('STORE_CORRUPT', file, 'it is damaged', error);
      throw fromSqlite(error, file);
    }
  }
}
