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
import type { Side } from '../thread/side.js';
import { StoreThread } from '../thread/store-thread.js';
import { workerMissing } from '../thread/worker-file.js';
import { schemaError } from './postgres-error.js';
import type { EngineSettings } from './postgres-engine.js';
import { PostgresHost } from './postgres-host.js';
import type { OwnRunner } from './runner-table.js';

/** Options, with what is taken where they say nothing. */
export interface PostgresSettings extends EngineSettings {
  /** Undefined where nobody knows. A pool of the program cannot leave its thread. */
  readonly worker: URL | 'inline' | undefined;
}

/** The store as the flow's thread sees it: encoding, connections and answers are elsewhere, unless the pool is the program's. */
export class PostgresStore implements FlowStore {
  readonly #settings: PostgresSettings;
  #side: Side | undefined;
  /** Those that `close()` ends. */
  #runners: OwnRunner[] = [];

  constructor(settings: PostgresSettings) {
    this.#settings = settings;
  }

  async open(init: RunnerInit): Promise<Runner> {
    const runner = await this.#call<Runner>('open', init);
    this.#runners.push({ runner: runner.runner, instance: init.instance });
    return runner;
  }

  async close(atMs: number): Promise<void> {
    // Whoever has opened none needs no database for it.
    if (this.#runners.length > 0) await this.#call('close', this.#runners, atMs);
    this.#runners = [];
    await this.abandon();
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    return this.#call('write', batch);
  }

  async writePacked(packed: PackedBatch): Promise<WriteOutcome> {
    return this.#call('writePacked', packed);
  }

  async heartbeat({ runner, instance }: Runner & Pick<RunnerInit, 'instance'>): Promise<Heartbeat> {
    return this.#call('heartbeat', { runner, instance });
  }

  async list(query: RunQuery = {}): Promise<RunPage> {
    checkRunQuery(query);
    return this.#call('list', query);
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    checkRunRef(ref);
    return this.#call('run', ref);
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    return this.#call('payload', runId, messageId);
  }

  async logs(query: LineQuery): Promise<LinePage> {
    checkLineQuery(query);
    return this.#call('logs', query);
  }

  async claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult> {
    return this.#call('claimDead', dead, atMs);
  }

  async pin(runId: number, pinned: boolean): Promise<boolean> {
    checkPin(runId, pinned);
    return this.#call('pin', runId, pinned);
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    return this.#call('prune', request);
  }

  async forget(request: ForgetRequest): Promise<number> {
    checkForget(request);
    return this.#call('forget', request);
  }

  async stats(query: StatsQuery = {}): Promise<StoreStats> {
    checkStatsQuery(query);
    return this.#call('stats', query);
  }

  /** Lets go of the database without a word, as the end of the process would; with `kill` in the middle of what its thread does. */
  async abandon(how: 'dispose' | 'kill' = 'dispose'): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    await (how === 'kill' && side instanceof StoreThread ? side.kill() : side?.dispose());
  }

  async #call<Result>(method: string, ...args: unknown[]): Promise<Result> {
    if (this.#side?.alive !== true) this.#side = this.#start();
    return (await this.#side.call(method, args)) as Result;
  }

  #start(): Side {
    const { worker, ...settings } = this.#settings;
    if (worker === 'inline') return new PostgresHost(settings);
    if (worker === undefined) throw workerMissing('postgresStore');
    return new StoreThread(worker, {
      store: 'postgresStore',
      name: 'postgres',
      setup: settings,
      ended: (cause) => schemaError('STORE_UNAVAILABLE', settings.schema, 'its thread has ended', { cause }),
    });
  }
}
