import { expect } from 'chai';
import {
  RUNS_PER_RUNNER,
  runIdOf,
  runnerOf,
  type FlowStore,
  type RunnerInit,
  type SeenRunner,
} from '#src/store/index.js';
import { RunnerWatch } from '#src/store/history/runner-watch.js';

import { MemoryLog } from '../../support/memory-log.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { INIT } from '../support/rows.js';
import { WritingProcess } from '../support/writing-process.js';
import { ADDRESS, POSTGRES, sql } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

/** Processes that are killed; `PENGUIFLOW_STORE_KILLS=100` for more. */
const KILLS = Number(process.env['PENGUIFLOW_STORE_KILLS'] ?? 8);
const RUNS = 5;
const ATTEMPTS = 60;
/** Runs that each process has begun, and never ends. */
const OPEN = 3;
const DEAD_AFTER_MS = 20_000;

describeWithTool(POSTGRES, 'postgresStore in several processes', () => {
  const { newSchema, open } = usePostgres();
  const processes: WritingProcess[] = [];
  afterEach(async () => {
    for (const writing of processes.splice(0)) await writing.kill();
  });

  it(`H6 H11 loses nothing it has said was stored, tears no batch, and ends what was under way once, in ${KILLS} processes that are killed`, async function () {
    this.timeout(30_000 + KILLS * 4_000);
    const schema = newSchema();
    const survivors = [open(schema), open(schema)].map((store, index) => new Survivor(store, `survivor-${index}`));
    for (const survivor of survivors) await survivor.open();
    const said = new Map<number, number>();
    for (let round = 0; round < KILLS; round += 1) {
      const options = JSON.stringify({ url: ADDRESS.href, schema });
      const writing = new WritingProcess(options, `instance-${round}`, '60000', String(OPEN));
      processes.push(writing);
      const runner = Number((await writing.line()).split(' ')[1]);
      writing.go();
      // Somewhere in the middle of one of the first batches.
      for (let batch = 0; batch <= round % 4; batch += 1) await writing.line();
      await passed((round * 7) % 11);
      await writing.kill();
      said.set(runner, writing.said.length - 1);
    }
    expect(said.size).to.equal(KILLS);
    await expectWhole(schema);
    const [store] = survivors.map((survivor) => survivor.store);
    let told = 0;
    for (const [runner, batches] of said) {
      told += batches * RUNS;
      const last = await store!.run({ runId: runIdOf(runner, batches * RUNS) });
      expect([last?.attempts.length, last?.lines.lines.length], `runner ${runner}`).to.deep.equal([ATTEMPTS, 1]);
    }
    const { runs, running } = await store!.stats();
    // One more of each, which was written while nobody heard of it.
    expect(runs - KILLS * OPEN).to.be.within(told, told + KILLS * RUNS);
    expect(running).to.equal(KILLS * OPEN);

    await Promise.all(survivors.map(async (survivor) => survivor.look(0)));
    expect((await store!.stats()).running).to.equal(KILLS * OPEN);
    // Neither takes the other for dead.
    for (const survivor of survivors) await survivor.beat();
    await Promise.all(survivors.map(async (survivor) => survivor.look(DEAD_AFTER_MS)));
    await Promise.all(survivors.map(async (survivor) => survivor.look(2 * DEAD_AFTER_MS)));
    expect(survivors.reduce((sum, { watch }) => sum + watch.interrupted, 0)).to.equal(KILLS * OPEN);
    const reported = survivors.flatMap(({ log }) => log.lines);
    for (const { level, message } of reported) expect([level, message]).to.deep.equal(['warn', 'trace_interrupted']);
    const named = reported.flatMap(({ fields }) => (fields['run_id'] === undefined ? [] : [Number(fields['run_id'])]));
    const summed = reported.reduce((sum, { fields }) => sum + Number(fields['runs'] ?? 0), 0);
    expect(new Set(named).size).to.equal(named.length);
    expect(named.length + summed).to.equal(KILLS * OPEN);
    for (const runId of named) expect(said.has(runnerOf(runId))).to.equal(true);
    const after = await store!.stats();
    const interrupted = after.counters.filter(({ status }) => status === 'interrupted');
    expect(interrupted.reduce((sum, counter) => sum + counter.runs, 0)).to.equal(KILLS * OPEN);
    expect([after.running, after.runs]).to.deep.equal([0, runs]);
    await expectWhole(schema);
  });

  /** Each run has all that came with it, and each batch all its runs. */
  async function expectWhole(schema: string): Promise<void> {
    const [found] = await sql(
      `select (select count(*) from @run r where attempts > 1 and (
          (select count(*) from @attempt a where a.run_id = r.run_id) <> ${ATTEMPTS}
          or not exists (select 1 from @line l where l.run_id = r.run_id)))::int as torn,
        (select count(*) from (select 1 from @run where attempts > 1
          group by (run_id % ${RUNS_PER_RUNNER} - 1) / ${RUNS}, run_id / ${RUNS_PER_RUNNER} having count(*) <> ${RUNS}) b)::int as parts,
        (select count(*) from @attempt a where not exists (select 1 from @run r where r.run_id = a.run_id))::int as orphans,
        ((select sum(runs) from @counter) - (select count(*) from @run))::int as miscounted`,
      schema,
    );
    expect(found).to.deep.equal({ torn: 0, parts: 0, orphans: 0, miscounted: 0 });
  }
});

/** A process that is left, with what it tells; time is what the test says. */
class Survivor {
  readonly store: FlowStore;
  readonly log = new MemoryLog();
  readonly watch: RunnerWatch;
  readonly #init: RunnerInit;
  #own = { runner: 0, epoch: 0 };

  constructor(store: FlowStore, instance: string) {
    this.store = store;
    this.#init = { ...INIT, instance };
    this.watch = new RunnerWatch(store, this.#init, () => this.log);
  }

  async open(): Promise<void> {
    this.#own = await this.store.open(this.#init);
  }

  /** What a history does every five seconds. */
  async look(monotonicMs: number): Promise<void> {
    await this.watch.look(await this.beat(), monotonicMs, 1_700_000_000_000);
  }

  async beat(): Promise<readonly SeenRunner[]> {
    return (await this.store.heartbeat({ ...this.#own, instance: this.#init.instance })).others;
  }
}

async function passed(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await new Promise(setImmediate);
}
