import { deepStrictEqual as same, ok } from 'node:assert';

import type { FlowStore, RunCount, RunQuery, StoredRun, StoreStats } from '#src/store/index.js';

import { RandomHistory } from './random-history.js';

/** Runs that are written; `PENGUIFLOW_STORE_RUNS=200000` for many, `PENGUIFLOW_STORE_SEED` for others. */
export const RUNS = Number(process.env['PENGUIFLOW_STORE_RUNS'] ?? 2_000);
const SEED = Number(process.env['PENGUIFLOW_STORE_SEED'] ?? 1);
const NOW_MS = 1_699_999_200_000 + 3 * 3_600_000;
/** Runs from which on questions about all of them are asked less often, so that many runs take no more than their time. */
const MANY = 2_000;
/** Runs of one answer that are looked at. */
const MOST_LISTED = 4_000;
/** Runs whose detail is looked at in the end, about, per store. */
const SAMPLED = 500;

interface Runner {
  readonly instance: string;
  readonly runner: number;
  epoch: number;
  number: number;
}

/** Two stores are given the same, and asked the same: they answer alike. */
export class Comparison {
  readonly #stores: readonly FlowStore[];
  readonly #random: RandomHistory;
  readonly #runners: Runner[] = [];
  #step = 0;
  /** Counts that both were sure of. */
  #exact = 0;

  constructor(stores: readonly [FlowStore, FlowStore], random = new RandomHistory(SEED)) {
    this.#stores = stores;
    this.#random = random;
  }

  async compare(count = RUNS): Promise<void> {
    for (let index = 0; index < 3; index += 1) await this.#open();
    while (this.#random.begun < count) {
      this.#step += 1;
      await this.#write();
      await this.#change();
      await this.#ask();
    }
    ok(this.#exact > this.#step / 100, `seed ${SEED}: too few counts were exact`);
    const stats = await this.#alike('stats', statsOf);
    for (const store of this.#stores) {
      for (const runId of await this.#agrees(store, stats)) await this.#alike('run', (each) => each.run({ runId }));
    }
  }

  /** What a store says in its lists, in the details of runs and in its counters is the same thing; gives the runs that it looked at. */
  async #agrees(store: FlowStore, { counters, ...totals }: StoreStats): Promise<number[]> {
    const sampled: number[] = [];
    const counted = new Map<string, number>();
    const seen = { runs: 0, running: 0, pinned: 0 };
    let cursor: string | undefined;
    do {
      const page = await store.list({ cursor, limit: 1_000 });
      for (const run of page.runs) {
        const key = `${run.flow} ${run.status} ${Math.floor(run.startedMs / 3_600_000) * 3_600}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
        seen.runs += 1;
        seen.running += Number(run.status === 'running');
        seen.pinned += Number(run.pinned);
        if (this.#random.below(totals.runs) >= SAMPLED) continue;
        same((await store.run({ runId: run.runId }))?.run, run, `seed ${SEED}: run ${run.runId}`);
        sampled.push(run.runId);
      }
      ({ cursor } = page);
    } while (cursor !== undefined);
    same({ ...totals, ...seen }, totals, `seed ${SEED}: totals and lists`);
    const told = counters.map(({ flow, status, hourS, runs }) => [`${flow} ${status} ${hourS}`, runs] as const);
    same(counted, new Map(told), `seed ${SEED}: counters and lists`);
    return sampled;
  }

  /** Whether it is time for what looks at all runs; always as long as there are few. */
  #isTime(): boolean {
    return this.#random.below(Math.ceil((this.#random.begun + 1) / MANY)) === 0;
  }

  async #open(): Promise<void> {
    const instance = `instance-${this.#step}-${this.#runners.length}`;
    const init = { instance, host: 'iceberg\0', bootId: undefined, pid: 1, version: '1', startedMs: 0 };
    const { runner, epoch } = await this.#alike('open', (store) => store.open(init));
    this.#runners.push({ instance, runner, epoch, number: 0 });
  }

  async #write(): Promise<void> {
    const runner = this.#random.pick(this.#runners);
    const rows = this.#random.rows(runner.runner);
    // A row of another runner's run makes nothing of the whole batch.
    const foreign = this.#random.below(20) === 0 ? [{ runId: 1, name: 'x', value: 'x' }] : [];
    const labels = [...(rows.labels ?? []), ...foreign];
    runner.number += this.#random.below(10) === 0 ? 0 : 1 + this.#random.below(2);
    const batch = { ...runner, ...rows, labels };
    const outcome = await this.#alike('write', (store) => store.write(batch).catch(codeOf));
    if (outcome === 'claimed') await this.#beat(runner);
  }

  async #beat(runner: Runner): Promise<void> {
    const { epoch } = await this.#alike('heartbeat', (store) => store.heartbeat(runner));
    if (epoch !== undefined) runner.epoch = epoch;
    else {
      this.#runners.splice(this.#runners.indexOf(runner), 1);
      await this.#open();
    }
  }

  async #change(): Promise<void> {
    const { runId, traceId, tenant } = this.#random.pick(this.#random.recent);
    const what = this.#random.below(60);
    if (what < 12) await this.#alike('pin', (store) => store.pin(runId, what < 4));
    else if (what < 20 && this.#isTime()) await this.#prune();
    else if (what < 22 && this.#isTime())
      await this.#alike('forget', (store) => store.forget({ traceId, tenant: this.#random.maybe(tenant) }));
    // Rarer still: a quarter of all runs goes.
    else if (what === 22 && this.#isTime() && this.#isTime())
      await this.#alike('forget', (store) => store.forget({ tenant }));
    else if (what < 25) await this.#claim();
  }

  async #prune(): Promise<void> {
    const { runs } = await this.#stores[0]!.stats();
    const keep = {
      successS: this.#random.maybe(9_000, 4),
      failedS: this.#random.maybe(10_000, 4),
      maxRuns: this.#random.maybe(runs - this.#random.below(30)),
    };
    const limit = this.#random.maybe(1 + this.#random.below(20));
    await this.#alike('prune', (store) => store.prune({ keep, nowMs: NOW_MS, limit }));
  }

  async #claim(): Promise<void> {
    const [first, second] = this.#runners;
    const { others } = await this.#alike('heartbeat', (store) => store.heartbeat(first!));
    const dead = others.filter(({ runner }) => runner === second!.runner);
    await this.#alike('claimDead', (store) => store.claimDead(dead, NOW_MS));
  }

  async #ask(): Promise<void> {
    if (this.#isTime()) {
      const query = this.#random.query();
      const limit = 1 + this.#random.below(200);
      await this.#alike(`list ${JSON.stringify(query)}`, (store) => allOf(store, { ...query, limit }));
      await this.#count(query);
      await this.#alike('stats', statsOf);
    }
    const { runId, traceId, tenant, startedMs } = this.#random.pick(this.#random.recent);
    // The memory looks at all runs for one of a trace id.
    if (this.#isTime()) {
      await this.#alike('run', (store) => store.run({ runId }));
      await this.#alike('run by trace id', (store) =>
        store.run({ traceId, tenant, startedMs: this.#random.maybe(startedMs) }),
      );
    }
    await this.#alike('payload', (store) => store.payload(runId, 'm1\0'));
    await this.#alike('logs', (store) => store.logs({ runId, cursor: '2', limit: 3 }));
  }

  /** A store may look at some runs only, or for some time, and then says so: it has counted no more than there are. */
  async #count(query: RunQuery): Promise<void> {
    const counts = [];
    for (const store of this.#stores) counts.push((await store.list({ ...query, count: true })).count as RunCount);
    const [one, other] = counts as [RunCount, RunCount];
    const what = `seed ${SEED}, step ${this.#step}: count ${JSON.stringify(query)}, ${JSON.stringify(counts)}`;
    if (one.exact === other.exact) ok(!one.exact || one.runs === other.runs, what);
    else ok(one.exact ? one.runs >= other.runs : other.runs >= one.runs, what);
    this.#exact += Number(one.exact && other.exact);
  }

  /** Each store gives the same to the same question: what is drawn for the second one is drawn for it as well. */
  async #alike<Answer>(what: string, ask: (store: FlowStore) => Promise<Answer>): Promise<Answer> {
    const asked = [];
    const before = this.#random.mark();
    for (const store of this.#stores) {
      this.#random.reset(before);
      asked.push(await ask(store));
    }
    same(asked[1], asked[0], `seed ${SEED}, step ${this.#step}: ${what}`);
    return asked[0] as Answer;
  }
}

async function allOf(store: FlowStore, query: RunQuery): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...query, cursor });
    runs.push(...page.runs);
    ({ cursor } = page);
  } while (cursor !== undefined && runs.length < MOST_LISTED);
  return runs.slice(0, MOST_LISTED);
}

async function statsOf(store: FlowStore): Promise<StoreStats> {
  return { ...(await store.stats()), bytes: 0 };
}

function codeOf(error: { readonly code?: unknown }): unknown {
  return error.code;
}
