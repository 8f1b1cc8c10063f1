import { deepStrictEqual as same, ok, rejects, strictEqual as is } from 'node:assert';

import type { FlowStore, ForgetRequest, KeepPolicy } from '../flow-store.js';
import type { Promised } from './examined.js';
import { aLine, aMessage, anAttempt, NOON_MS } from './writer.js';

const MINUTE_MS = 60_000;

/** What goes, in which order, and what stays. */
export const RETENTION_CASES: readonly Promised[] = [
  {
    title: 'deletes what ended too long ago, by its own age for what succeeded and what did not',
    async holds({ store, writer }) {
      const runs = await writer.some(6, (index) => ({
        startedMs: NOON_MS + index,
        endedMs: NOON_MS + Math.floor(index / 2) * MINUTE_MS,
        status: (['succeeded', 'failed', 'succeeded', 'cancelled', 'succeeded', 'deadline'] as const)[index]!,
      }));
      same(await pruned(store, { successS: 60, failedS: 120 }, NOON_MS + 2.5 * MINUTE_MS), { deleted: 3, more: false });
      // Those that ended 150 and 90 s ago, the failed one of 150, and not the cancelled one of 90.
      same(
        await left(store),
        [3, 4, 5].map((index) => runs[index]!.runId),
      );
      same(await pruned(store, {}, NOON_MS + 900 * MINUTE_MS), { deleted: 0, more: false });
      same(await pruned(store, { successS: 60 }, NOON_MS + 900 * MINUTE_MS), { deleted: 1, more: false });
      same(await left(store), [runs[3]!.runId, runs[5]!.runId]);
    },
  },
  {
    title: 'deletes above maxRuns: succeeded before failed, oldest end first',
    async holds({ store, writer }) {
      const ends = [40, 10, 30, 20, 50];
      const runs = await writer.some(5, (index) => ({
        endedMs: NOON_MS + MINUTE_MS + ends[index]!,
        status: ([undefined, 'failed', undefined, undefined, 'rejected'] as const)[index] ?? 'succeeded',
      }));
      // The ends of 20, 30 and 40 succeeded; those of 10 and 50 didn't.
      for (const [maxRuns, stay] of [
        [5, [0, 1, 2, 3, 4]],
        [4, [0, 1, 2, 4]],
        [3, [0, 1, 4]],
        [2, [1, 4]],
        [1, [4]],
      ] as const) {
        await pruned(store, { maxRuns });
        same(
          await left(store),
          stay.map((index) => runs[index]!.runId),
          `maxRuns: ${maxRuns}`,
        );
      }
    },
  },
  {
    title: 'deletes what is too old before what is too much',
    async holds({ store, writer }) {
      const [old, young] = [
        writer.aRun({ status: 'failed', endedMs: NOON_MS }),
        writer.aRun({ endedMs: NOON_MS + MINUTE_MS }),
      ];
      await writer.write({ runs: [old, young] });
      same(await pruned(store, { failedS: 30, maxRuns: 1 }, NOON_MS + MINUTE_MS), { deleted: 1, more: false });
      same(await left(store), [young.runId]);
    },
  },
  {
    title: 'deletes until no more than maxBytes is left',
    async holds({ store, writer }) {
      for (let index = 0; index < 10; index += 1) {
        const run = writer.aRun();
        const bytes = new Uint8Array(100_000).map((_, at) => (at * index) % 251);
        await writer.write({ runs: [run], payloads: [{ runId: run.runId, messageId: 'm1', bytes }] });
      }
      // What it could do without is gone then: a journal, free pages.
      await pruned(store, {});
      const { bytes } = await store.stats();
      ok(bytes > 1_000_000, `ten payloads of 100,000 bytes weigh ${bytes}`);
      const { deleted } = await pruned(store, { maxBytes: bytes - 250_000 });
      ok(deleted >= 1 && deleted < 10, `${deleted} runs are deleted for 250,000 bytes`);
      ok((await store.stats()).bytes <= bytes - 250_000, 'it is larger than it may be');
      is((await pruned(store, { maxBytes: bytes - 250_000 })).deleted, 0);
    },
  },
  {
    title: 'keeps what is under way and what is pinned',
    async holds({ store, writer }) {
      const [open, pinned, other] = [writer.running(), writer.aRun({ status: 'failed' }), writer.aRun()];
      await writer.write({ runs: [open, pinned, other] });
      is(await store.pin(pinned.runId, true), true);
      is(await store.pin(pinned.runId + 1_000, true), false);
      is((await store.run(pinned))?.run.pinned, true);
      is((await store.stats()).pinned, 1);
      const keep = { successS: 1, failedS: 1, maxRuns: 1 };
      same(await pruned(store, keep, NOON_MS + 900 * MINUTE_MS), { deleted: 1, more: false });
      same(await left(store), [open.runId, pinned.runId]);
      is(await store.pin(pinned.runId, false), true);
      await pruned(store, keep, NOON_MS + 900 * MINUTE_MS);
      same(await left(store), [open.runId]);
    },
  },
  {
    title: 'deletes a run together with its root, and keeps it as long',
    async holds({ store, writer }) {
      const root = writer.running();
      const called = { kind: 'playbook' as const, parentRun: root.runId, rootRun: root.runId };
      const child = writer.aRun(called);
      const grandchild = writer.aRun({ ...called, parentRun: child.runId, status: 'failed' });
      const orphan = writer.aRun({ ...called, parentRun: child.runId + 900, rootRun: child.runId + 900 });
      await writer.write({ runs: [root, child, grandchild, orphan] });
      const keep = { successS: 1, failedS: 1 };
      const later = NOON_MS + 900 * MINUTE_MS;
      same(await pruned(store, keep, later), { deleted: 1, more: false });
      same(
        await left(store),
        [root, child, grandchild].map(({ runId }) => runId),
      );
      await writer.write({ runs: [{ ...root, status: 'succeeded', endedMs: root.startedMs + 90 }] });
      await store.pin(grandchild.runId, true);
      same(await pruned(store, keep, later), { deleted: 0, more: false });
      await store.pin(grandchild.runId, false);
      // Its root decides: it succeeded, and only such runs have an age.
      same(await pruned(store, { successS: 1 }, later), { deleted: 3, more: false });
      same(await left(store), []);
    },
  },
  {
    title: 'goes in steps, and says when there is more to do',
    async holds({ store, writer }) {
      await writer.some(10);
      const step = { keep: { maxRuns: 3 }, nowMs: NOON_MS, limit: 3 };
      const steps = [
        await store.prune(step),
        await store.prune(step),
        await store.prune(step),
        await store.prune(step),
      ];
      same(
        steps.map(({ deleted, more }) => [deleted, more]),
        [
          [3, true],
          [3, true],
          [1, false],
          [0, false],
        ],
      );
    },
  },
  {
    title: 'forgets a trace id, or a tenant, with everything, pinned and under way, too',
    async holds({ store, writer }) {
      const [first, pinned, open] = [
        writer.aRun({ traceId: 'a' }),
        writer.aRun({ traceId: 'b' }),
        writer.running({ traceId: 'c' }),
      ];
      const acme = [writer.aRun({ traceId: 'a', tenant: 'acme' }), writer.aRun({ traceId: 'd', tenant: 'acme' })];
      const all = [first, pinned, open, ...acme];
      await writer.write({
        runs: all,
        attempts: all.map((run) => anAttempt(run)),
        messages: all.map((run) => aMessage(run, { preview: Uint8Array.of(1) })),
        payloads: all.map(({ runId }) => ({ runId, messageId: 'm1', bytes: Uint8Array.of(1) })),
        lines: all.map((run) => aLine(run)),
      });
      await store.pin(pinned.runId, true);
      const forget = async (request: ForgetRequest, runs: number, stay: number): Promise<void> => {
        is(await store.forget(request), runs, JSON.stringify(request));
        const { attempts, payloadBytes } = await store.stats();
        same([(await left(store)).length, attempts, payloadBytes], [stay, stay, stay]);
      };
      await forget({ traceId: 'a', tenant: 'default' }, 1, 4);
      await forget({ traceId: 'a' }, 1, 3);
      await forget({ tenant: 'acme' }, 1, 2);
      await forget({ traceId: 'b' }, 1, 1);
      await forget({ traceId: 'c' }, 1, 0);
      await forget({ traceId: 'c' }, 0, 0);
      is(await store.payload(open.runId, 'm1'), undefined);
      is((await store.logs({ runId: open.runId })).lines.length, 0);
      // What is under way goes on, without what it was before.
      await writer.write({ runs: [{ ...open, status: 'succeeded', endedMs: open.startedMs + 1 }] });
      same((await store.run(open))?.attempts, []);
    },
  },
  {
    title: 'forgets nothing where it is not said clearly whose runs',
    async holds({ store, writer }) {
      await writer.some(2, () => ({ tenant: 'acme' }));
      for (const request of [
        ...[undefined, null, {}, [], 'acme', { tenant: null }, { traceId: null }, { tenant: ['acme'] }],
        ...[{ tenant: undefined }, { tennant: 'acme' }, { tenant: 'acme', traceid: 't' }],
        // The trace id was meant to narrow it.
        ...[{ tenant: 'acme', traceId: undefined }, { tenant: 'acme', traceId: null }, { tenant: 7 }],
      ]) {
        const forget = async (): Promise<number> => store.forget(request as never);
        await rejects(forget, { code: 'INVALID_OPTION' }, JSON.stringify(request));
      }
      is((await left(store)).length, 2);
    },
  },
];

async function pruned(
  store: FlowStore,
  keep: KeepPolicy,
  nowMs = NOON_MS,
): Promise<{ deleted: number; more: boolean }> {
  const { deleted, more } = await store.prune({ keep, nowMs });
  return { deleted, more };
}

/** Oldest first. */
async function left(store: FlowStore): Promise<number[]> {
  return (await store.list({ limit: 1_000 })).runs.map(({ runId }) => runId).toReversed();
}
