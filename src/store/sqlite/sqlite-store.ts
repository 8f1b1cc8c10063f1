import { FlowError } from '../../index.js';
import { checkForget, checkLineQuery, checkPin, checkRunQuery, checkRunRef, checkStatsQuery } from '../check-query.js';
import type {
  ClaimResult,
  DeadRunner,
  FlowStore,
  ForgetRequest,
  Heartbeat,
  PruneRequest,
  PruneResult,
  Runner,
  RunnerInit,
  WriteOutcome,
} from '../flow-store.js';
import type { LinePage, LineQuery, RunDetail, RunPage, RunQuery, RunRef, StatsQuery, StoreStats } from '../queries.js';
import type { PackedBatch } from '../packed-batch.js';
import type { PayloadRow, StoreBatch } from '../rows.js';
import { workerMissing } from '../thread/worker-file.js';
import { pauseTurn } from './connection.js';
import type { DriverName } from './database.js';
import { mixedDrivers, registerDriver, registeredDriver, unregisterDriver } from './driver-registry.js';
import { EngineHost, type FileSide, type Role } from './engine-host.js';
import { placeOf } from './file-place.js';
import { FileThread } from './file-thread.js';
import { inodeOf, setAside, type FileSettings } from './open-file.js';
import type { OwnRunner } from './sqlite-engine.js';
import { storeError } from './store-error.js';

/** Options, with what is taken where they say nothing. */
export interface SqliteSettings extends FileSettings {
  readonly driver: DriverName | 'auto';
  /** Undefined where nobody knows. */
  readonly worker: URL | 'inline' | undefined;
}

/** The file and both sides, while it is open. */
interface Opened {
  readonly file: string;
  readonly inode: number | undefined;
  readonly write: FileSide;
  readonly read: FileSide;
}

/** The store as the flow's thread sees it: what writes and what reads are elsewhere. */
export class SqliteStore implements FlowStore {
  readonly #settings: SqliteSettings;
  #opened: Promise<Opened> | undefined;
  #runners: OwnRunner[] = [];

  constructor(settings: SqliteSettings) {
    this.#settings = settings;
  }

  async open(init: RunnerInit): Promise<Runner> {
    const runner = await this.#call<Runner>('write', 'open', init);
    this.#runners.push({ runner: runner.runner, instance: init.instance });
    return runner;
  }

  async close(atMs: number): Promise<void> {
    if (this.#opened === undefined) return;
    await this.#call('write', 'close', this.#runners, atMs);
    this.#runners = [];
    await this.abandon();
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    return this.#call('write', 'write', batch);
  }

  async writePacked(packed: PackedBatch): Promise<WriteOutcome> {
    return this.#call('write', 'writePacked', packed);
  }

  async heartbeat({ runner, instance }: Runner & Pick<RunnerInit, 'instance'>): Promise<Heartbeat> {
    return this.#call('write', 'heartbeat', { runner, instance });
  }

  async list(query: RunQuery = {}): Promise<RunPage> {
    checkRunQuery(query);
    return this.#call('read', 'list', query);
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    checkRunRef(ref);
    return this.#call('read', 'run', ref);
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    return this.#call('read', 'payload', runId, messageId);
  }

  async logs(query: LineQuery): Promise<LinePage> {
    checkLineQuery(query);
    return this.#call('read', 'logs', query);
  }

  async claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult> {
    return this.#call('write', 'claimDead', dead, atMs);
  }

  async pin(runId: number, pinned: boolean): Promise<boolean> {
    checkPin(runId, pinned);
    return this.#call('write', 'pin', runId, pinned);
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    return this.#call('write', 'prune', request);
  }

  async forget(request: ForgetRequest): Promise<number> {
    checkForget(request);
    return this.#call('write', 'forget', request);
  }

  async stats(query: StatsQuery = {}): Promise<StoreStats> {
    checkStatsQuery(query);
    return this.#call('read', 'stats', query);
  }

  /** Lets go of the file without a word, as the end of the process would; with `kill` in the middle of what it does. */
  async abandon(how: 'dispose' | 'kill' = 'dispose'): Promise<void> {
    // At once: whoever calls meanwhile opens anew, and two who let go do it once.
    const opening = this.#opened;
    this.#opened = undefined;
    const opened = await opening?.catch(() => undefined);
    if (opened === undefined) return;
    // What writes is the last to go: SQLite puts the journal into the file then, which what only reads cannot.
    for (const side of [opened.read, opened.write]) {
      await (how === 'kill' && side instanceof FileThread ? side.kill() : side.dispose());
    }
    unregisterDriver(opened.file);
  }

  async #call<Result>(role: Role, method: string, ...args: unknown[]): Promise<Result> {
    const opened = await this.#open();
    try {
      return (await opened[role].call(method, args)) as Result;
    } catch (error) {
      if (!FlowError.is(error, 'STORE_CORRUPT')) throw error;
      await this.abandon();
      throw this.#damaged(opened.file, opened.inode, error);
    }
  }

  async #open(): Promise<Opened> {
    const opening = this.#opened;
    const opened = await opening?.catch(() => undefined);
    const hasEnded = opened !== undefined && !(opened.write.alive && opened.read.alive);
    if (hasEnded && this.#opened === opening) await this.abandon();
    // Several calls may have come here together.
    this.#opened ??= this.#start();
    const starting = this.#opened;
    try {
      return await starting;
    } catch (error) {
      if (this.#opened === starting) this.#opened = undefined;
      throw error;
    }
  }

  async #start(): Promise<Opened> {
    const file = placeOf(this.#settings.file);
    const inode = inodeOf(file);
    const [write, read] = [this.#side('write', file), this.#side('read', file)];
    let registered = false;
    try {
      const driver = await this.#register(file, write);
      registered = true;
      await write.start();
      await read.load(driver);
      await read.start();
      return { file, inode: inode ?? inodeOf(file), write, read };
    } catch (error) {
      await Promise.all([write.dispose(), read.dispose()]);
      if (registered) unregisterDriver(file);
      throw FlowError.is(error, 'STORE_CORRUPT') ? this.#damaged(file, inode, error) : error;
    }
  }

  /** The driver that was asked for; where any will do, that with which the file is open already, perhaps since a moment ago. */
  async #register(file: string, write: FileSide): Promise<DriverName> {
    const wanted = this.#settings.driver;
    for (let loaded: DriverName | undefined; ;) {
      const open = registeredDriver(file);
      if (open !== undefined && wanted !== 'auto' && wanted !== open) throw mixedDrivers(file, open, wanted);
      if (loaded !== undefined && (open ?? loaded) === loaded) {
        registerDriver(file, loaded);
        return loaded;
      }
      loaded = await write.load(open ?? wanted);
    }
  }

  /** Whoever only looks on leaves it to its owner. */
  #damaged(file: string, inode: number | undefined, error: FlowError): FlowError {
    return this.#settings.migrate === 'check' ? error : takenAway(file, inode, error);
  }

  #side(role: Role, file: string): FileSide {
    const { worker, synchronous, migrate } = this.#settings;
    const settings = { file, synchronous, migrate };
    if (worker === 'inline') return new EngineHost(role, settings, pauseTurn);
    if (worker === undefined) throw workerMissing('sqliteStore');
    return new FileThread(worker, { role, settings });
  }
}

/** Takes the damaged file away, so that the next call has a new one. */
function takenAway(file: string, inode: number | undefined, { cause }: FlowError): FlowError {
  const renamed = inode === undefined ? undefined : setAside(file, inode, Date.now());
  const what = renamed === undefined ? 'somebody has taken it away' : `it is ${JSON.stringify(renamed)} now`;
  const { message } = storeError('STORE_CORRUPT', file, `it is damaged; ${what}, and a new one begins`);
  const metadata = { file, ...(renamed === undefined ? undefined : { renamed }) };
  return new FlowError('STORE_CORRUPT', { message, metadata, cause });
}
