import type { PenguiFlow } from '../index.js';

/** What a queue of a flow holds, as numbers. */
export interface QueueFigures {
  readonly queue: string;
  readonly pending: number;
  readonly unacked: number;
  /** In seconds; undefined without a message. */
  readonly oldestS: number | undefined;
  readonly dead: number;
}

/** How an engine is. */
export type EngineState = 'up' | 'full' | 'down';

/** What `FlowMetrics` needs of a worker; that of `serveFlow` of `penguiflow/distributed` has it. */
export interface ObservedWorker extends Pick<PenguiFlow, 'name' | 'state' | 'use' | 'snapshot'> {
  lag(): Promise<readonly QueueFigures[]>;
  health(): { readonly carrier: { readonly state: EngineState } };
}

/** States of an engine, the best one first. */
export const ENGINE_STATES: readonly EngineState[] = ['up', 'full', 'down'];

/** What an engine may take to say what its queues hold, in milliseconds: a scrape has its own limit. */
const ASK_MS = 1_000;

/** The workers of a process, the queues of their flows, and how their engine is. */
export class WorkerLedger {
  readonly #observed = new Set<ObservedWorker>();
  /** By flow. */
  #queues: ReadonlyMap<string, readonly QueueFigures[]> = new Map();
  #isFresh = false;
  #asking: Promise<void> | undefined;

  add(worker: ObservedWorker): void {
    this.#observed.add(worker);
  }

  remove(worker: ObservedWorker): void {
    this.#observed.delete(worker);
  }

  /** Asks the engines what the queues hold, for the scrape that follows. */
  async refresh(): Promise<void> {
    await (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  /** What was last heard. Whoever scrapes without `refresh` has what there was at the scrape before. */
  queues(): ReadonlyMap<string, readonly QueueFigures[]> {
    const queues = this.#queues;
    if (!this.#isFresh) void this.refresh();
    this.#isFresh = false;
    return queues;
  }

  /** The worst state that a worker of a flow has seen. */
  engines(): ReadonlyMap<string, EngineState> {
    const states = new Map<string, EngineState>();
    for (const worker of this.#alive()) {
      const { state } = worker.health().carrier;
      const before = states.get(worker.name);
      if (before === undefined || ENGINE_STATES.indexOf(state) > ENGINE_STATES.indexOf(before))
        states.set(worker.name, state);
    }
    return states;
  }

  async #ask(): Promise<void> {
    // All workers of a flow see the same queues.
    const byFlow = new Map<string, ObservedWorker>();
    for (const worker of this.#alive()) if (worker.health().carrier.state !== 'down') byFlow.set(worker.name, worker);
    const answers = await Promise.all([...byFlow].map(async ([flow, worker]) => [flow, await asked(worker)] as const));
    this.#queues = new Map(answers);
    this.#isFresh = true;
  }

  /** Those that have stopped are let go. */
  #alive(): readonly ObservedWorker[] {
    for (const worker of this.#observed) if (worker.state === 'stopped') this.#observed.delete(worker);
    return [...this.#observed];
  }
}

/** Nothing where the engine does not say in time. */
async function asked(worker: ObservedWorker): Promise<readonly QueueFigures[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly QueueFigures[]>((resolve) => {
    timer = setTimeout(() => resolve([]), ASK_MS);
  });
  try {
    return await Promise.race([worker.lag(), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
