import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import type { FlowStore, SeenRunner } from '../flow-store.js';
import type { RunRow, StoredStatus } from '../rows.js';
import type { Promised } from './examined.js';
import { anAttempt, NOON_MS, Writer } from './writer.js';

/** Runners have numbers, show that they live, and are taken for dead once. */
export const RUNNER_CASES: readonly Promised[] = [
  {
    title: 'gives each runner the smallest free number',
    async holds({ store, writer }) {
      const others = await Promise.all([1, 2, 3].map(() => Writer.open(store)));
      same(ascending([writer, ...others].map(({ runner }) => runner)), [1, 2, 3, 4]);
      is(writer.epoch, 1);
    },
  },
  {
    title: 'shows the others with a beat that changes with each heartbeat, and oneself never',
    async holds({ store, writer }) {
      same((await writer.beat()).others, []);
      const other = await Writer.open(store);
      const [before] = (await writer.beat()).others;
      same({ ...before, beat: 0 }, { ...other.init, runner: other.runner, epoch: 1, beat: 0 });
      is((await writer.beat()).others[0]?.beat, before?.beat);
      const { epoch, others } = await other.beat();
      is(epoch, 1);
      same(
        others.map(({ runner }) => runner),
        [writer.runner],
      );
      ok((await writer.beat()).others[0]?.beat !== before?.beat, 'the beat is as it was before the heartbeat');
    },
  },
  {
    title: 'interrupts the runs of a dead runner that are under way, once, and no others',
    async holds({ store, writer }) {
      const { dead, runs, ended, seen } = await aDeadRunner(store, writer);
      const mine = writer.running();
      await writer.write({ runs: [mine] });
      const claims = await Promise.all([
        store.claimDead([seen], NOON_MS + 90_000),
        store.claimDead([seen], NOON_MS + 90_001),
      ]);
      same(ascending(claims.map(({ runners }) => runners)), [0, 1]);
      same(ascending(claims.map(({ interrupted }) => interrupted)), [0, 2]);
      const named = claims.flatMap((claim) => claim.runs);
      same(
        named.map(({ runId }) => runId),
        runs.map(({ runId }) => runId),
      );
      for (const { runId } of runs) {
        const run = (await store.run({ runId }))?.run;
        same([run?.status, run?.endedMs], ['interrupted', named[0]?.endedMs]);
      }
      same(await statusesOf(store, [ended!, mine]), ['succeeded', 'running']);
      same((await writer.beat()).others, []);
      is((await store.list({ status: 'interrupted', count: true })).count?.runs, 2);
      is(await dead.write({ runs: [dead.aRun()] }), 'claimed');
    },
  },
  {
    title: 'hands over the parts of a dead runner, as others go on with them, and lets it correct that',
    async holds({ store, writer }) {
      const dead = await Writer.open(store);
      const part = { rootId: 'root', arrivalId: 'a', group: 'cpu', workerId: 'w1', redelivered: 0 };
      const [run, kept] = [dead.running(), dead.running()].map((row): RunRow => ({ ...row, kind: 'part', part }));
      const own = dead.running();
      await dead.write({ runs: [run!, kept!, own] });
      const seen = (await writer.beat()).others.find(({ runner }) => runner === dead.runner)!;
      const { interrupted, runs } = await store.claimDead([seen], NOON_MS + 90_000);
      same([interrupted, runs.map(({ runId }) => runId)], [1, [own.runId]]);
      same(await statusesOf(store, [run!, kept!, own]), ['handed_over', 'handed_over', 'interrupted']);
      is((await store.run(run!))?.run.endedMs, NOON_MS + 90_000);
      const { count, runs: listed } = await store.list({ status: 'handed_over', count: true });
      same([count?.runs, listed.length], [2, 2]);
      dead.epoch = (await dead.beat()).epoch ?? 0;
      await dead.write({ runs: [{ ...run!, status: 'succeeded', endedMs: run!.startedMs + 5 }] });
      same(await statusesOf(store, [run!, kept!]), ['succeeded', 'handed_over']);
      const { correctedClaims, counters } = await store.stats();
      is(correctedClaims, 1);
      same(
        counters.map(({ status, runs: counted }) => [status, counted]),
        [
          ['handed_over', 1],
          ['interrupted', 1],
          ['succeeded', 1],
        ],
      );
      await store.close(NOON_MS + 95_000);
    },
  },
  {
    title: 'leaves a runner alone whose beat or epoch has changed since',
    async holds({ store, writer }) {
      const { dead, runs, seen } = await aDeadRunner(store, writer);
      await dead.beat();
      same(await store.claimDead([seen], NOON_MS), { runners: 0, interrupted: 0, runs: [] });
      const [again] = (await writer.beat()).others;
      same(await store.claimDead([{ ...again!, epoch: again!.epoch + 1 }], NOON_MS), {
        runners: 0,
        interrupted: 0,
        runs: [],
      });
      same(await statusesOf(store, runs), ['running', 'running']);
    },
  },
  {
    title: 'lets a runner that was taken for dead come back under a new epoch, and correct what was said of its runs',
    async holds({ store, writer }) {
      const { dead, runs, seen } = await aDeadRunner(store, writer);
      const [first, second] = runs;
      await store.claimDead([seen], NOON_MS + 90_000);
      const succeeded: RunRow = { ...first!, status: 'succeeded', endedMs: first!.startedMs + 5 };
      is(await dead.write({ runs: [succeeded] }), 'claimed');
      same(await statusesOf(store, runs), ['interrupted', 'interrupted']);
      const { epoch } = await dead.beat();
      is(epoch, 2);
      dead.epoch = epoch;
      // That from before is no repetition, as it was not written.
      is(await dead.writeAs(dead.last, { runs: [succeeded, second!] }), 'stored');
      same(await statusesOf(store, runs), ['succeeded', 'running']);
      is((await store.run(first!))?.run.endedMs, succeeded.endedMs);
      is((await store.stats()).correctedClaims, 2);
      is((await writer.beat()).others[0]?.epoch, 2);
    },
  },
  {
    title: 'knows a batch again that was written before its runner was taken for dead',
    async holds({ store, writer }) {
      const { dead, runs, seen } = await aDeadRunner(store, writer);
      await store.claimDead([seen], NOON_MS + 90_000);
      dead.epoch = (await dead.beat()).epoch ?? 0;
      is(await dead.writeAs(1, { attempts: [anAttempt(runs[0]!)] }), 'repeated');
      is((await store.stats()).attempts, 0);
    },
  },
  {
    title: 'gives a number away when nothing of its runner is left, and keeps the former one out',
    async holds({ store, writer }) {
      const { dead, seen } = await aDeadRunner(store, writer);
      await store.claimDead([seen], NOON_MS + 90_000);
      const third = await Writer.open(store);
      is(third.runner, 3, 'runs of the dead runner bear its number');
      await store.prune({ keep: { successS: 1, failedS: 1 }, nowMs: NOON_MS + 900_000 });
      const heir = await Writer.open(store);
      is(heir.runner, dead.runner);
      ok(heir.epoch > 2, 'the epoch has not gone up');
      is(await dead.write({ runs: [dead.aRun()] }), 'claimed');
      is((await dead.beat()).epoch, undefined);
      is(await heir.write({ runs: [heir.aRun()] }), 'stored');
      same(
        (await writer.beat()).others.map(({ instance }) => instance).toSorted(),
        [heir, third].map(({ init }) => init.instance).toSorted(),
      );
    },
  },
  {
    title: 'interrupts what is under way when it closes, and opens again',
    async holds({ store, writer }) {
      const runs = [writer.running(), writer.aRun(), { ...writer.running(), kind: 'part' as const }];
      await writer.write({ runs });
      await store.close(NOON_MS + 90_000);
      const next = await Writer.open(store);
      same(await statusesOf(store, runs), ['interrupted', 'succeeded', 'handed_over']);
      is((await store.run(runs[0]!))?.run.endedMs, NOON_MS + 90_000);
      ok(next.runner !== writer.runner, 'runs of the runner that has closed bear its number');
      is(await writer.write({ runs: [writer.aRun()] }), 'claimed');
      is((await writer.beat()).epoch, undefined);
      same((await next.beat()).others, []);
      is(await next.write({ runs: [next.aRun()] }), 'stored');
    },
  },
];

/** Two runs under way and one that has ended, of a runner that has been seen. */
async function aDeadRunner(
  store: FlowStore,
  writer: Writer,
): Promise<{ dead: Writer; runs: RunRow[]; ended: RunRow; seen: SeenRunner }> {
  const dead = await Writer.open(store);
  const [runs, ended] = [[dead.running(), dead.running()], dead.aRun()];
  await dead.write({ runs: [...runs, ended] });
  const seen = (await writer.beat()).others.find(({ runner }) => runner === dead.runner);
  ok(seen !== undefined, 'the other runner is not seen');
  return { dead, runs, ended, seen };
}

async function statusesOf(store: FlowStore, runs: readonly RunRow[]): Promise<(StoredStatus | undefined)[]> {
  return Promise.all(runs.map(async ({ runId }) => (await store.run({ runId }))?.run.status));
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
