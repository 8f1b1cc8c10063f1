import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { runIdOf } from '../run-id.js';
import type { Promised } from './examined.js';
import { plain, refuses } from './expectations.js';
import { packBatch } from './pack-batch.js';
import { aLine, aMessage, anAttempt } from './writer.js';

const BYTES = Uint8Array.of(0, 255, 7);

/** A store may leave `writePacked` out. */
export const PACKED_CASES: readonly Promised[] = [
  {
    title: 'takes a batch that is packed as it takes its rows',
    async holds({ store, writer }) {
      if (store.writePacked === undefined) return;
      const parent = writer.aRun({ traceId: 'parent', plan: 'hash', rowsLeftOut: 2 });
      const run = writer.aRun({
        ...{ traceId: 'päcked 🐧', kind: 'inject', status: 'failed', parentRun: parent.runId, rootRun: parent.runId },
        ...{ replayOf: parent.runId, errorCode: 'NODE_EXCEPTION', errorNode: 'Price', errorMessage: 'no 🐧' },
        part: { rootId: 'röot', arrivalId: 'arrival', group: 'cpu', workerId: 'worker', redelivered: 1 },
      });
      const attempts = [
        anAttempt(run, { messageId: '1', attempt: 1, outcome: 'timeout', errorCode: 'NODE_TIMEOUT', error: 'spät' }),
        anAttempt(run, {
          ...{ seq: 2, messageId: '2', parentSeq: 1, queuedIn: 7 },
          endedMs: undefined,
          outcome: 'running',
        }),
      ];
      const messages = [aMessage(run, { messageId: '1' })];
      const lines = [aLine(run)];
      const batch = {
        ...{ runner: writer.runner, epoch: writer.epoch, number: 1, runs: [parent, run], attempts, messages, lines },
        plans: [{ hash: 'hash', flow: 'Orders', json: '{}' }],
        labels: [{ runId: run.runId, name: 'order', value: '4711' }],
        payloads: [{ runId: run.runId, messageId: '1', bytes: BYTES }],
      };
      is(await store.writePacked(packBatch(batch)), 'stored');
      is(await store.writePacked(packBatch(batch)), 'repeated');
      const detail = await store.run({ runId: run.runId });
      ok(detail !== undefined, 'the run is not there');
      same(plain(detail.run), { ...run, pinned: false });
      same(detail.attempts.map(plain), attempts);
      same(detail.messages.map(plain), [{ ...messages[0], payloadBytes: BYTES.length }]);
      same(detail.lines.lines.map(plain), lines);
      same(detail.labels.map(plain), batch.labels);
      same((await store.payload(run.runId, '1'))?.bytes.slice(), BYTES);
      const above = await store.run({ runId: parent.runId });
      same(plain(above?.run ?? {}), { ...parent, pinned: false });
      is(above?.plan, '{}');
    },
  },
  {
    title: 'writes nothing of a packed batch with a row that it refuses',
    async holds({ store, writer }) {
      if (store.writePacked === undefined) return;
      const { runner, epoch } = writer;
      const runs = [writer.aRun({ startedMs: Number.NaN }), writer.aRun()];
      const refused = store.writePacked(packBatch({ runner, epoch, number: 1, runs }));
      await refuses(refused, 'runs', runIdOf(runner, 1));
      is((await store.list()).runs.length, 0);
    },
  },
];
