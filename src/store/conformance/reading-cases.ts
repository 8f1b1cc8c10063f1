import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import type { Promised } from './examined.js';
import { aLine, aMessage, anAttempt, NOON_MS } from './writer.js';

/** A run is found by its names, with all that belongs to it. */
export const READING_CASES: readonly Promised[] = [
  {
    title: 'finds a run by its id, and by trace id the newest, of a tenant, or with a start',
    async holds({ store, writer }) {
      const runs = await writer.some(3, (index) => ({ traceId: 'shared', tenant: index === 2 ? 'acme' : 'default' }));
      const [first, second, acme] = runs;
      is((await store.run({ runId: first!.runId }))?.run.runId, first!.runId);
      is((await store.run({ traceId: 'shared' }))?.run.runId, acme!.runId);
      is((await store.run({ traceId: 'shared', tenant: 'default' }))?.run.runId, second!.runId);
      is((await store.run({ traceId: 'shared', startedMs: first!.startedMs }))?.run.runId, first!.runId);
      is(await store.run({ traceId: 'shared', startedMs: NOON_MS - 1 }), undefined);
      is(await store.run({ traceId: 'unknown' }), undefined);
      is(await store.run({ runId: acme!.runId + 1 }), undefined);
    },
  },
  {
    title: 'gives attempts, events and lines by number, labels by name, whatever the order in which they came',
    async holds({ store, writer }) {
      const run = writer.running();
      const events = [3, 1, 2].map((seq) => {
        return {
          runId: run.runId,
          seq,
          atMs: NOON_MS,
          type: 'retry',
          node: undefined,
          attemptSeq: seq,
          detail: undefined,
        };
      });
      await writer.write({ runs: [run], attempts: [2, 3].map((seq) => anAttempt(run, { seq })), events });
      const labels = ['b', 'c', 'a'].map((name) => ({ runId: run.runId, name, value: name }));
      await writer.write({ labels, attempts: [anAttempt(run)], lines: [3, 1, 2].map((seq) => aLine(run, { seq })) });
      const detail = await store.run(run);
      for (const rows of [detail?.attempts, detail?.events, detail?.lines.lines]) {
        same(
          rows?.map(({ seq }) => seq),
          [1, 2, 3],
        );
      }
      same(
        detail?.labels.map(({ name }) => name),
        ['a', 'b', 'c'],
      );
    },
  },
  {
    title: 'gives the lines of a run page by page, each once',
    async holds({ store, writer }) {
      const [run, other] = [writer.running(), writer.running()];
      const lines = Array.from({ length: 60 }, (_, index) => aLine(run, { seq: index + 1 }));
      await writer.write({ runs: [run, other], lines: [...lines, aLine(other)] });
      const detail = await store.run(run);
      is(detail?.lines.lines.length, 50);
      const rest = await store.logs({ runId: run.runId, cursor: detail?.lines.cursor, limit: 9 });
      same([rest.lines[0]?.seq, rest.lines.length], [51, 9]);
      const last = await store.logs({ runId: run.runId, cursor: rest.cursor });
      same([last.lines[0]?.seq, last.lines.length, last.cursor], [60, 1, undefined]);
      same((await store.logs({ runId: other.runId + 1 })).lines, []);
    },
  },
  {
    title: 'knows the runs that a run called, oldest first',
    async holds({ store, writer }) {
      const parent = writer.running();
      const called = { kind: 'playbook' as const, parentRun: parent.runId, rootRun: parent.runId };
      const children = [writer.aRun(called), writer.aRun(called)];
      const grandchild = writer.aRun({ ...called, parentRun: children[0]!.runId });
      await writer.write({ runs: [parent, children[1]!, children[0]!, grandchild] });
      const idsOf = async (runId: number): Promise<number[] | undefined> =>
        (await store.run({ runId }))?.children.map((child) => child.runId);
      same(
        await idsOf(parent.runId),
        children.map(({ runId }) => runId),
      );
      same(await idsOf(children[0]!.runId), [grandchild.runId]);
      same(await idsOf(grandchild.runId), []);
    },
  },
  {
    title: 'gives a payload where one is kept, and says how large it is',
    async holds({ store, writer }) {
      const run = writer.running();
      await writer.write({ runs: [run], messages: [aMessage(run), aMessage(run, { messageId: 'm2' })] });
      is(await store.payload(run.runId, 'm1'), undefined);
      // It comes when an attempt has failed, long after its message.
      await writer.write({ payloads: [{ runId: run.runId, messageId: 'm1', bytes: Uint8Array.of(1, 2, 3) }] });
      const payload = await store.payload(run.runId, 'm1');
      ok(payload !== undefined, 'the payload is not there');
      same([...payload.bytes], [1, 2, 3]);
      same(
        (await store.run(run))?.messages.map(({ payloadBytes }) => payloadBytes),
        [3, undefined],
      );
      is(await store.payload(run.runId, 'm2'), undefined);
      is(await store.payload(run.runId + 1, 'm1'), undefined);
      is((await store.stats()).payloadBytes, 3);
    },
  },
  {
    title: 'says how much it holds',
    async holds({ store, writer }) {
      const empty = await store.stats();
      same([empty.runs, empty.running, empty.attempts, empty.payloadBytes], [0, 0, 0, 0]);
      const [run, open] = [writer.aRun(), writer.running()];
      await writer.write({ runs: [run, open], attempts: [anAttempt(run), anAttempt(open)] });
      const stats = await store.stats();
      same([stats.runs, stats.running, stats.pinned, stats.attempts], [2, 1, 0, 2]);
      ok(stats.bytes >= empty.bytes, 'it has become smaller by two runs');
    },
  },
];
