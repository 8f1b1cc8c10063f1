import type {
  ClaimResult,
  FlowStore,
  Heartbeat,
  LinePage,
  LineQuery,
  PayloadRow,
  PruneResult,
  RunDetail,
  RunPage,
  RunQuery,
  RunRef,
  Runner,
  StatsQuery,
  StoreStats,
  WriteOutcome,
} from '../../store/index.js';

/** No runner of a store has this number. */
const NOBODY: Runner = { runner: 0, epoch: 1 };

/** A store of which everything can be read, and nothing changes: whoever looks at it takes no number, and nobody for dead. */
export class ReadOnlyStore implements FlowStore {
  readonly #store: FlowStore;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  async list(query?: RunQuery): Promise<RunPage> {
    return this.#store.list(query);
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    return this.#store.run(ref);
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    return this.#store.payload(runId, messageId);
  }

  async logs(query: LineQuery): Promise<LinePage> {
    return this.#store.logs(query);
  }

  async stats(query?: StatsQuery): Promise<StoreStats> {
    return this.#store.stats(query);
  }

  async open(): Promise<Runner> {
    return NOBODY;
  }

  async heartbeat(): Promise<Heartbeat> {
    return { epoch: NOBODY.epoch, others: [] };
  }

  async claimDead(): Promise<ClaimResult> {
    return { runners: 0, interrupted: 0, runs: [] };
  }

  async prune(): Promise<PruneResult> {
    return { deleted: 0, more: false };
  }

  async write(): Promise<WriteOutcome> {
    return 'stored';
  }

  async pin(): Promise<boolean> {
    return false;
  }

  async forget(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    // It is closed by whoever opened it.
  }
}
