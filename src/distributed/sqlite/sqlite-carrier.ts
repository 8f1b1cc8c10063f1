import { inspect } from 'node:util';

import { FlowError } from '../../index.js';
import type { DriverName } from '../../store/sqlite/database.js';
import { registerDriver, registeredDriver, unregisterDriver } from '../../store/sqlite/driver-registry.js';
import type { Carrier, SessionOptions } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { checkedTimes, TIMES, type CarrierTimes } from '../carrier/carrier-times.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';
import { CarrierThread } from './carrier-thread.js';
import { placeOf } from './place.js';
import { SqliteSession } from './sqlite-session.js';

/** Options of {@link sqliteCarrier}. */
export interface SqliteCarrierOptions extends CarrierTimes {
  /** The file, on a disk of this machine; its folder has to be there. It has two more beside it, `-wal` and `-shm`. It holds nothing else, also no history. */
  readonly file: string;
  /**
   * Who talks to SQLite: `node:sqlite` (Node 22.13 or newer), or one of the packages `better-sqlite3` and `libsql`, which you install.
   * @defaultValue `'auto'`: the first of these that is there
   */
  readonly driver?: 'auto' | 'node' | 'better-sqlite3' | 'libsql';
  /**
   * Keeps programs apart that share a file: flows, documents, records and casts of other namespaces are not seen.
   * @defaultValue `'default'`
   */
  readonly namespace?: string;
  /**
   * The file that its thread runs, where a bundler has put it.
   * @defaultValue `penguiflow/distributed/sqlite-worker`, beside this module
   */
  readonly worker?: URL;
}

const OWNER = 'sqliteCarrier';
/** What loads them is in the thread alone: here it would be a second copy. */
const DRIVERS: readonly string[] = ['auto', 'node', 'better-sqlite3', 'libsql'] satisfies (DriverName | 'auto')[];
const OPTIONS = ['file', 'driver', 'namespace', 'worker', ...TIMES];

/**
 * A carrier in one SQLite file: for up to eight processes of one machine, without a server. What it has acknowledged survives the end of any process and a power loss, and is settled
 * in one step with what it led to.
 *
 * The file is worked on in a thread, where leases are renewed as well: code that blocks the process is not run twice. A session keeps the process up until it is closed. Its clock is
 * that of the machine.
 *
 * `open` rejects with `STORE_DRIVER_MISSING`, `STORE_DRIVER_MIXED`, `STORE_WORKER_MISSING` and `STORE_FILE_UNSUPPORTED` where it can't work as it is, and with `STORE_UNAVAILABLE` or
 * `STORE_CORRUPT` when the file cannot be opened. When a file goes away later, the state is `down`, and sessions go on when it is back.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const carrier = sqliteCarrier({ file: 'queues.db' });
 * ```
 */
export function sqliteCarrier(options: SqliteCarrierOptions): Carrier {
  return new SqliteCarrier(checked(options));
}

interface Settings {
  readonly file: string;
  readonly driver: DriverName | 'auto';
  readonly namespace: string;
  readonly worker: URL | undefined;
  readonly times: CarrierTimes;
}

function checked(options: SqliteCarrierOptions): Settings {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { file, driver = 'auto', namespace = 'default', worker } = options;
  if (typeof file !== 'string' || file === '' || file.includes('\0') || /^(?::memory:|file:)/.test(file)) {
    throw invalidOption(
      'file',
      OWNER,
      'the path of a file',
      file,
      'For the memory of the process there is `memoryCarrier()`.',
    );
  }
  if (!DRIVERS.includes(driver)) throw invalidOption('driver', OWNER, `one of ${inspect(DRIVERS)}`, driver);
  if (typeof namespace !== 'string' || !/^[\w-]{1,64}$/.test(namespace)) {
    throw invalidOption('namespace', OWNER, '1 to 64 letters, digits, `_` or `-`', namespace);
  }
  if (worker !== undefined && !(worker instanceof URL)) throw invalidOption('worker', OWNER, 'a URL', worker);
  const { url } = import.meta as { readonly url: string | undefined };
  const beside = url === undefined ? undefined : workerBeside(url);
  return { file, driver, namespace, worker: worker ?? beside, times: checkedTimes(options, OWNER) };
}

/** Bundled, this module is beside the file; from its sources it is in a folder of its own. */
function workerBeside(url: string): URL {
  return new URL(url.endsWith('/sqlite-carrier.js') ? '../sqlite-worker.js' : './sqlite-worker.js', url);
}

/** A thread, and how many need it. */
interface Opened {
  readonly thread: Promise<CarrierThread>;
  sessions: number;
}

/** One thread for all sessions, as long as there are any. */
class SqliteCarrier implements Carrier {
  readonly name = 'sqlite';
  readonly #settings: Settings;
  #opened: Opened | undefined;
  #ending: Promise<void> = Promise.resolve();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get times(): CarrierTimes {
    return this.#settings.times;
  }

  async open(options: SessionOptions): Promise<CarrierSession> {
    const opened = (this.#opened ??= { thread: this.#start(), sessions: 0 });
    opened.sessions += 1;
    try {
      const thread = await opened.thread;
      if (!thread.hasEnded) return new SqliteSession(thread, options, () => this.#left(opened));
    } catch (error) {
      await this.#left(opened);
      throw error;
    }
    // It has ended by itself: whoever opens a session has a new one.
    if (this.#opened === opened) this.#opened = undefined;
    return this.open(options);
  }

  async #left(opened: Opened): Promise<void> {
    opened.sessions -= 1;
    if (opened.sessions > 0) return;
    if (this.#opened === opened) this.#opened = undefined;
    this.#ending = opened.thread.then(
      (thread) => thread.end(),
      () => undefined,
    );
    await this.#ending;
  }

  async #start(): Promise<CarrierThread> {
    await this.#ending;
    const { driver, namespace, worker } = this.#settings;
    const file = placeOf(this.#settings.file);
    const registered = registeredDriver(file);
    if (registered !== undefined && driver !== 'auto' && driver !== registered) throw mixed(file, registered, driver);
    const thread = new CarrierThread(worker, { file, driver: registered ?? driver, namespace });
    const loaded = await thread.ready.catch(async (error: unknown) => {
      await thread.kill();
      throw error;
    });
    const other = registeredDriver(file);
    if (other !== undefined && other !== loaded) {
      await thread.end();
      throw mixed(file, other, loaded);
    }
    registerDriver(file, loaded);
    thread.whenEnded(() => unregisterDriver(file));
    return thread;
  }
}

function mixed(file: string, open: DriverName, wanted: DriverName): FlowError {
  return new FlowError('STORE_DRIVER_MIXED', {
    message: `The file ${JSON.stringify(file)} is open in this process with the driver "${open}", and "${wanted}" would break its locks`,
    metadata: { file },
    hint: `Leave \`driver\` out, or say \`driver: '${open}'\`.`,
  });
}
