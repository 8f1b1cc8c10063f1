import { deepStrictEqual as same, ok, rejects, strictEqual as is } from 'node:assert';

import type { FlowStore } from '../flow-store.js';
import type { RunQuery } from '../queries.js';
import type { RunRow } from '../rows.js';
import type { Promised } from './examined.js';
import { allOf, idsOf } from './expectations.js';
import { NOON_MS } from './writer.js';

const HOUR_MS = 3_600_000;
const NOON_S = NOON_MS / 1_000;

/** Runs are found, in order, page by page, and counted. */
export const LIST_CASES: readonly Promised[] = [
  {
    title: 'lists the newest first, and of those that began together the highest id',
    async holds({ store, writer }) {
      const [a, b, c, d] = [5, 9, 5, 1].map((ms) => writer.aRun({ startedMs: NOON_MS + ms }));
      await writer.write({ runs: [a!, b!] });
      await writer.write({ runs: [c!, d!] });
      same(idsOf((await store.list()).runs), idsOf([b!, c!, a!, d!]));
    },
  },
  {
    title: 'finds runs by each filter, and by all together',
    async holds({ store, writer }) {
      const before = writer.aRun();
      const found = writer.aRun({
        ...{ flow: 'Refunds', traceId: 'wanted', tenant: 'acme', status: 'failed', startedMs: NOON_MS + 20_000 },
        ...{ endedMs: NOON_MS + 20_500, errorNode: 'Pay', errorCode: 'NODE_TIMEOUT', replayOf: before.runId },
      });
      const runs = [before, writer.running(), found, writer.aRun(), writer.aRun({ startedMs: NOON_MS + 30_000 })];
      const labels = [
        { runId: found.runId, name: 'order', value: '4711' },
        { runId: runs[0]!.runId, name: 'order', value: '4712' },
        { runId: runs[1]!.runId, name: 'customer', value: '4711' },
      ];
      await writer.write({ runs, labels });
      const label = { name: 'order', value: '4711' };
      const filters: RunQuery[] = [
        ...[
          { flow: 'Refunds' },
          { traceId: 'wanted' },
          { tenant: 'acme' },
          { status: 'failed' as const },
          { minMs: 500 },
        ],
        ...[
          { node: 'Pay' },
          { code: 'NODE_TIMEOUT' },
          { replayOf: before.runId },
          { label },
          { fromS: NOON_S + 20, toS: NOON_S + 30 },
        ],
      ];
      for (const query of [...filters, Object.assign({}, ...filters) as RunQuery]) {
        same(idsOf((await store.list(query)).runs), [found.runId], JSON.stringify(query));
      }
      same(idsOf((await store.list({ status: 'running' })).runs), [runs[1]!.runId]);
      same(idsOf((await store.list({ tenant: 'acme', flow: 'Orders' })).runs), []);
    },
  },
  {
    title: 'goes by the last value of a label',
    async holds({ store, writer }) {
      const run = writer.running();
      await writer.write({ runs: [run], labels: [{ runId: run.runId, name: 'step', value: 'picked' }] });
      await writer.write({ labels: [{ runId: run.runId, name: 'step', value: 'packed' }] });
      same(await labelled(store, 'picked'), []);
      same(await labelled(store, 'packed'), [run.runId]);
    },
  },
  {
    title: 'gives each run once, page by page, while newer ones come in',
    async holds({ store, writer }) {
      const runs = await writer.some(23, (index) => ({ startedMs: NOON_MS + Math.floor(index / 4) + 0.1 }));
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ cursor, limit: 7 });
        ok(page.runs.length <= 7, `a page of 7 has ${page.runs.length} runs`);
        seen.push(...idsOf(page.runs));
        ok(seen.length <= runs.length, 'a run was on two pages, or a newer one on a later page');
        await writer.some(1, () => ({ startedMs: NOON_MS + HOUR_MS }));
        cursor = page.cursor;
      } while (cursor !== undefined);
      same(seen, idsOf(runs).toReversed());
    },
  },
  {
    title: 'goes on behind a run that has been deleted',
    async holds({ store, writer }) {
      const runs = await writer.some(6);
      const { cursor } = await store.list({ limit: 3 });
      ok(cursor !== undefined, 'there is more, and no cursor');
      for (const { traceId } of runs.slice(2, 4)) await store.forget({ traceId });
      same(idsOf((await store.list({ cursor })).runs), idsOf(runs.slice(0, 2)).toReversed());
    },
  },
  {
    title: 'answers with what it has after maxScanned runs, and goes on from there',
    async holds({ store, writer }) {
      const [oldest] = await writer.some(25, (index) => (index === 0 ? { endedMs: NOON_MS + 60_000 } : {}));
      // Long runs: a store may have an index for any other filter.
      const first = await store.list({ minMs: 50_000, maxScanned: 10 });
      same(first.runs, []);
      ok(first.cursor !== undefined, 'it has looked at 10 of 25 runs, and there is no cursor');
      is(typeof first.searchedToMs, 'number');
      same(await allOf(store, { minMs: 50_000, maxScanned: 10 }), [oldest!.runId]);
      is((await store.list({ limit: 25 })).cursor, undefined);
      is((await store.list()).searchedToMs, undefined);
    },
  },
  {
    title: 'counts what matches, on whatever page',
    async holds({ store, writer }) {
      await writer.some(12, (index) => ({
        ...{ startedMs: NOON_MS + (index % 3) * HOUR_MS + index, flow: index < 4 ? 'Refunds' : 'Orders' },
        ...{ status: index % 2 === 0 ? 'succeeded' : 'failed', tenant: index < 5 ? 'acme' : 'default' },
      }));
      const { cursor, count } = await store.list({ count: true, limit: 2 });
      same(count, { runs: 12, exact: true });
      same((await store.list({ count: true, limit: 2, cursor })).count, { runs: 12, exact: true });
      same((await store.list({ count: true, flow: 'Refunds', status: 'failed' })).count, { runs: 2, exact: true });
      same((await store.list({ count: true, fromS: NOON_S + 3_600, toS: NOON_S + 7_200 })).count, {
        runs: 4,
        exact: true,
      });
      same((await store.list({ count: true, fromS: NOON_S + 3_600.002 })).count, { runs: 7, exact: true });
      same((await store.list({ count: true, tenant: 'acme', minMs: 1 })).count, { runs: 5, exact: true });
      is((await store.list()).count, undefined);
    },
  },
  {
    title: 'keeps counters by flow, status and hour that agree with what is there',
    async holds({ store, writer }) {
      const open = writer.running({ startedMs: NOON_MS + HOUR_MS });
      const [first] = await writer.some(3);
      await writer.write({ runs: [open, writer.aRun({ flow: 'Refunds', status: 'failed' })] });
      const orders = { flow: 'Orders', status: 'succeeded', hourS: NOON_S };
      const refunds = { flow: 'Refunds', status: 'failed', hourS: NOON_S, runs: 1 };
      const later = { flow: 'Orders', hourS: NOON_S + 3_600, runs: 1 };
      const counters = async (): Promise<object[]> => (await store.stats()).counters.map((counter) => ({ ...counter }));
      same(await counters(), [{ ...orders, runs: 3 }, refunds, { ...later, status: 'running' }]);
      await writer.write({ runs: [{ ...open, status: 'cancelled', endedMs: open.startedMs + 1 }, first!] });
      same(await counters(), [{ ...orders, runs: 3 }, refunds, { ...later, status: 'cancelled' }]);
      same(
        (await store.stats({ flow: 'Refunds' })).counters.map((counter) => ({ ...counter })),
        [refunds],
      );
      is((await store.stats({ fromS: NOON_S + 3_600 })).counters.length, 1);
      is((await store.stats({ toS: NOON_S + 3_600 })).counters.length, 2);
      await store.forget({ traceId: first!.traceId });
      await store.prune({ keep: { failedS: 1 }, nowMs: NOON_MS + 2 * HOUR_MS });
      same(await counters(), [{ ...orders, runs: 2 }]);
    },
  },
  {
    title: 'answers like a list that is filtered, on 300 runs and 200 questions at random',
    async holds({ store, writer }) {
      const random = randomOf(23);
      const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
      const [flows, tenants, statuses] = [['A', 'B'], ['x', 'y'], ['succeeded', 'failed', 'running'] as const];
      const runs = await writer.some(300, () => {
        const [status, startedMs] = [pick(statuses), NOON_MS + random(100) * 1_000];
        const endedMs = status === 'running' ? undefined : startedMs + random(50);
        const errorCode = status === 'failed' ? pick(['C', 'D']) : undefined;
        return { flow: pick(flows), tenant: pick(tenants), status, startedMs, endedMs, errorCode };
      });
      for (let question = 0; question < 200; question += 1) {
        const maybe = <T>(value: T): T | undefined => (random(3) === 0 ? value : undefined);
        const query: RunQuery = {
          ...{
            flow: maybe(pick(flows)),
            tenant: maybe(pick(tenants)),
            status: maybe(pick(statuses)),
            code: maybe('C'),
          },
          ...{ fromS: maybe(NOON_S + random(100)), toS: maybe(NOON_S + random(100)), minMs: maybe(random(50)) },
        };
        const expected = runs.filter((run) => answers(run, query)).toSorted(newestFirst);
        const how = { ...query, limit: 1 + random(40), maxScanned: 1 + random(200) };
        same(await allOf(store, how), idsOf(expected), JSON.stringify(how));
        same((await store.list({ ...query, count: true })).count, { runs: expected.length, exact: true });
      }
    },
  },
  {
    title: 'refuses a limit and a cursor that cannot be',
    async holds({ store, writer }) {
      const [run] = await writer.some(2);
      for (const query of [{ limit: 0 }, { limit: 1_001 }, { limit: 1.5 }, { maxScanned: 0 }, { cursor: 'nonsense' }]) {
        await rejects(store.list(query), { code: 'INVALID_OPTION' }, JSON.stringify(query));
      }
      for (const query of [{ limit: 0 }, { cursor: 'nonsense' }]) {
        await rejects(store.logs({ runId: run!.runId, ...query }), { code: 'INVALID_OPTION' }, JSON.stringify(query));
      }
    },
  },
  {
    title: 'refuses a query with a field that there is not, or with a value of another kind',
    async holds({ store, writer }) {
      const [run] = await writer.some(1);
      const refused = async (call: () => Promise<unknown>, what: unknown): Promise<void> =>
        // A store may throw at once as well.
        rejects(async () => call(), { code: 'INVALID_OPTION' }, JSON.stringify(what));
      for (const query of [
        ...[null, [], 'failed', { staus: 'failed' }, { status: 'faild' }, { flow: null }, { tenant: ['a'] }],
        ...[{ traceId: 7 }, { label: { name: 'order' } }, { label: 'order' }, { toS: 'x' }, { fromS: Number.NaN }],
        ...[{ minMs: '5' }, { count: 'yes' }, { cursor: 5 }, { limit: null }],
      ]) {
        await refused(() => store.list(query as never), query);
      }
      const { runId, traceId } = run!;
      for (const ref of [null, {}, { traceid: traceId }, { traceId: null }, { runId: '1' }, { runId: undefined }]) {
        await refused(() => store.run(ref as never), ref);
      }
      for (const ref of [
        { traceId, tennant: 'x' },
        { traceId, startedMs: 'x' },
      ]) {
        await refused(() => store.run(ref as never), ref);
      }
      for (const query of [null, {}, { runId: 'x' }, { runId, limits: 5 }]) {
        await refused(() => store.logs(query as never), query);
      }
      for (const query of [null, { flows: 'x' }, { toS: 'x' }, { flow: 7 }]) {
        await refused(() => store.stats(query as never), query);
      }
      await refused(() => store.pin(runId, 'yes' as never), 'yes');
      // A run as it was read names itself, and what is undefined is not given.
      is((await store.run((await store.run({ runId }))!.run))?.run.runId, runId);
      is((await store.list({ flow: undefined, label: undefined })).runs.length, 1);
    },
  },
];

async function labelled(store: FlowStore, value: string): Promise<number[]> {
  return idsOf((await store.list({ label: { name: 'step', value } })).runs);
}

function answers(run: RunRow, query: RunQuery): boolean {
  const { flow = run.flow, tenant = run.tenant, status = run.status, code = run.errorCode } = query;
  const same = flow === run.flow && tenant === run.tenant && status === run.status && code === run.errorCode;
  const tookMs = (run.endedMs ?? -Infinity) - run.startedMs;
  const { fromS = -Infinity, toS = Infinity, minMs = -Infinity } = query;
  return same && run.startedMs >= fromS * 1_000 && run.startedMs < toS * 1_000 && tookMs >= minMs;
}

function newestFirst(a: RunRow, b: RunRow): number {
  return b.startedMs - a.startedMs || b.runId - a.runId;
}

/** The same numbers each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
