import type { FlowLog } from '../../index.js';
import type { DeadRunner, FlowStore, RunnerInit, SeenRunner } from '../flow-store.js';
import type { StoredRun } from '../rows.js';

/** Without a heartbeat for so long, as this process has seen it, a runner is dead. */
const DEAD_AFTER_MS = 20_000;

/** Watches the other runners of a store, and ends the runs of those that are dead. */
export class RunnerWatch {
  /** Runs that it has ended. */
  interrupted = 0;
  readonly #store: FlowStore;
  readonly #own: RunnerInit;
  readonly #log: () => FlowLog | undefined;
  #seen = new Map<number, { readonly runner: SeenRunner; readonly sinceMs: number }>();

  constructor(store: FlowStore, own: RunnerInit, log: () => FlowLog | undefined) {
    this.#store = store;
    this.#own = own;
    this.#log = log;
  }

  /**
   * Looks at how the others are. Only what it has seen itself counts, on its own clock.
   *
   * @param monotonicMs - now
   * @param nowMs - the end of runs that are interrupted
   */
  async look(others: readonly SeenRunner[], monotonicMs: number, nowMs: number): Promise<void> {
    const seen = new Map<number, { readonly runner: SeenRunner; readonly sinceMs: number }>();
    const dead: DeadRunner[] = [];
    for (const other of others) {
      const before = this.#seen.get(other.runner);
      const isStill = before?.runner.beat === other.beat && before.runner.instance === other.instance;
      const sinceMs = isStill ? before.sinceMs : monotonicMs;
      seen.set(other.runner, { runner: other, sinceMs });
      if (monotonicMs - sinceMs < DEAD_AFTER_MS && !this.#hasGone(other)) continue;
      dead.push({ runner: other.runner, epoch: other.epoch, beat: other.beat });
    }
    this.#seen = seen;
    if (dead.length === 0) return;
    const { interrupted, runs } = await this.#store.claimDead(dead, nowMs);
    this.interrupted += interrupted;
    for (const run of runs) this.#tell(run);
    const rest = interrupted - runs.length;
    if (rest > 0) this.#log()?.write('warn', 'trace_interrupted', { runs: rest }, {});
  }

  /** Those that were there at the last look, and are alive for all that is known. */
  get others(): readonly SeenRunner[] {
    return [...this.#seen.values()].map(({ runner }) => runner);
  }

  /** The connection was lost: how long the others were still meanwhile is not known. */
  forget(): void {
    this.#seen.clear();
  }

  /** The pid says something only where it is of the same system, and seen from the same place. */
  #hasGone({ host, bootId, pid }: SeenRunner): boolean {
    if (bootId === undefined || bootId !== this.#own.bootId || host !== this.#own.host || pid === process.pid)
      return false;
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  #tell({ flow, traceId, tenant, runId, startedMs }: StoredRun): void {
    const reserved = { flow_name: flow, trace_id: traceId, tenant };
    this.#log()?.write('warn', 'trace_interrupted', { run_id: runId, started_ms: startedMs }, reserved);
  }
}
