import { deepStrictEqual as same, ok, strictEqual as is } from 'node:assert';

import { runIdOf } from '../run-id.js';
import type { RunRow } from '../rows.js';
import type { Promised } from './examined.js';
import { plain, refuses } from './expectations.js';
import { aLine, aMessage, anAttempt, NOON_MS, Writer } from './writer.js';

const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const TEXTS = [
  '',
  ' ',
  '🐧 pingüino',
  '"quoted" \'text\'',
  'a\nb\r\tc',
  '%_$1?:x',
  '\\',
  'ſ\u00a0\u2028',
  'x'.repeat(70_000),
];

/** What is written is there, whole and once. */
export const BATCH_CASES: readonly Promised[] = [
  {
    title: 'keeps every column of every table',
    async holds({ store, writer }) {
      const parent = writer.aRun();
      const run = writer.aRun({
        traceId: 'whole',
        tenant: 'acme',
        kind: 'playbook',
        status: 'failed',
        startedMs: NOON_MS + 0.25,
        endedMs: NOON_MS + 12.5,
        attempts: 2,
        retries: 1,
        errorCode: 'NODE_EXCEPTION',
        errorNode: 'Price',
        errorMessage: 'no price',
        plan: 'hash',
        parentRun: parent.runId,
        rootRun: parent.runId,
        replayOf: parent.runId,
        rowsLeftOut: 3,
        part: { rootId: 'root', arrivalId: 'arrival', group: 'eu', workerId: 'worker', redelivered: 1 },
      });
      const attempts = [
        anAttempt(run, { outcome: 'failed', errorCode: 'NODE_EXCEPTION', error: 'no price', queuedIn: 7 }),
        anAttempt(run, {
          seq: 2,
          attempt: 1,
          parentSeq: 1,
          messageId: undefined,
          endedMs: undefined,
          outcome: 'running',
        }),
      ];
      const message = { from: 'Intake', deadlineMs: NOON_MS + 9, meta: '{"a":1}', preview: BYTES, notKept: 'memory' };
      const messages = [aMessage(run), aMessage(run, { messageId: 'm2', node: undefined, ...message })];
      const events = [
        { runId: run.runId, seq: 1, atMs: NOON_MS + 3, type: 'retry', node: 'Price', attemptSeq: 1, detail: '{"s":1}' },
        {
          runId: run.runId,
          seq: 2,
          atMs: NOON_MS + 4,
          type: 'cancel',
          node: undefined,
          attemptSeq: undefined,
          detail: undefined,
        },
      ];
      const lines = [aLine(run), aLine(run, { seq: 2, node: undefined, fields: '{"sku":"x"}', level: 'error' })];
      const labels = [{ runId: run.runId, name: 'order', value: '4711' }];
      await writer.write({
        plans: [{ hash: 'hash', flow: 'Orders', json: '{"nodes":[]}' }],
        runs: [parent, run],
        payloads: [{ runId: run.runId, messageId: 'm1', bytes: BYTES }],
        ...{ attempts, messages, events, lines, labels },
      });
      const detail = await store.run({ runId: run.runId });
      ok(detail !== undefined, 'the run is not there');
      same(plain(detail.run), { ...run, pinned: false });
      same(detail.attempts.map(plain), attempts);
      same(detail.messages.map(plain), [
        { ...messages[0], payloadBytes: 256 },
        { ...messages[1], payloadBytes: undefined },
      ]);
      same(detail.events.map(plain), events);
      same(detail.lines.lines.map(plain), lines);
      same(detail.labels.map(plain), labels);
      is(detail.plan, '{"nodes":[]}');
      is(detail.cut, false);
    },
  },
  {
    title: 'keeps every kind, status and outcome',
    async holds({ store, writer }) {
      const kinds = ['emit', 'call', 'stream', 'collect', 'playbook', 'inject', 'replay', 'part'] as const;
      const statuses = [
        ...(['running', 'succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected', 'interrupted'] as const),
        'handed_over',
      ] as const;
      const outcomes = ['running', 'succeeded', 'failed', 'timeout', 'cancelled'] as const;
      const runs = statuses.map((status, index) => writer.aRun({ status, kind: kinds[index] ?? 'part' }));
      const attempts = outcomes.map((outcome, index) => anAttempt(runs[0]!, { seq: index + 1, outcome }));
      await writer.write({ runs, attempts });
      const found = (await store.list()).runs.toReversed();
      same(
        found.map(({ kind, status }) => [kind, status]),
        runs.map(({ kind, status }) => [kind, status]),
      );
      const detail = await store.run({ runId: runs[0]!.runId });
      same(
        detail?.attempts.map(({ outcome }) => outcome),
        outcomes,
      );
    },
  },
  {
    title: 'writes a batch once, however often it comes',
    async holds({ store, writer }) {
      const run = writer.running();
      const rows = { runs: [run], attempts: [anAttempt(run)], lines: [aLine(run)] };
      is(await writer.write(rows), 'stored');
      is(await writer.writeAs(1, rows), 'repeated');
      is(await writer.writeAs(7, { runs: [{ ...run, attempts: 5 }] }), 'stored');
      // Numbers tell, not rows: the answer to one of these was lost, and it comes again after a later one.
      is(await writer.writeAs(1, { ...rows, lines: [aLine(run, { seq: 2 })] }), 'repeated');
      is(await writer.writeAs(7, { runs: [writer.aRun()] }), 'repeated');
      const detail = await store.run({ runId: run.runId });
      is(detail?.run.attempts, 5);
      is(detail?.attempts.length, 1);
      is(detail?.lines.lines.length, 1);
      is((await store.list()).runs.length, 1);
    },
  },
  {
    title: 'writes nothing of a batch with a row that it refuses, and the number stays free',
    async holds({ store, writer }) {
      const run = writer.aRun();
      const foreign = { ...anAttempt(run), runId: runIdOf(writer.runner + 1, 1) };
      await refuses(writer.writeAs(1, { runs: [run], attempts: [anAttempt(run), foreign] }), 'attempts', foreign.runId);
      is((await store.list()).runs.length, 0);
      is((await store.stats()).attempts, 0);
      const timeless = writer.aRun({ startedMs: NaN });
      await refuses(writer.writeAs(1, { runs: [run, timeless] }), 'runs', timeless.runId);
      const unsent = { ...anAttempt(run), sentMs: NaN };
      await refuses(writer.writeAs(1, { runs: [run], attempts: [unsent] }), 'attempts', run.runId);
      is((await store.list()).runs.length, 0);
      is(await writer.writeAs(1, { runs: [run], attempts: [anAttempt(run)] }), 'stored');
      is((await store.run({ runId: run.runId }))?.attempts.length, 1);
    },
  },
  {
    title: 'takes the last row of a run until it has ended, and none after that',
    async holds({ store, writer }) {
      const run = writer.running();
      const ended: RunRow = { ...run, status: 'failed', endedMs: run.startedMs + 50, errorCode: 'NODE_TIMEOUT' };
      await writer.write({ runs: [run] });
      await writer.write({ runs: [{ ...run, attempts: 2 }] });
      is((await store.run(run))?.run.attempts, 2);
      await writer.write({ runs: [{ ...run, attempts: 3 }, ended] });
      await writer.write({ runs: [{ ...run, attempts: 4 }] });
      await writer.write({ runs: [{ ...run, status: 'succeeded', endedMs: run.startedMs + 60 }] });
      same(plain((await store.run(run))?.run ?? {}), { ...ended, pinned: false });
    },
  },
  {
    title: 'takes the last row of an attempt until it has ended, and none after that',
    async holds({ store, writer }) {
      const run = writer.running();
      const open = anAttempt(run, { outcome: 'running', endedMs: undefined });
      const ended = anAttempt(run, { outcome: 'timeout', errorCode: 'NODE_TIMEOUT' });
      await writer.write({ runs: [run], attempts: [open] });
      same((await store.run(run))?.attempts.map(plain), [open]);
      await writer.write({ attempts: [ended] });
      await writer.write({ attempts: [open, anAttempt(run)] });
      same((await store.run(run))?.attempts.map(plain), [ended]);
    },
  },
  {
    title: 'leaves out rows of a run that is not there',
    async holds({ store, writer }) {
      const run = writer.aRun();
      const payload = { runId: run.runId, messageId: 'm1', bytes: BYTES };
      await writer.write({ attempts: [anAttempt(run)], lines: [aLine(run)], payloads: [payload] });
      await writer.write({ runs: [run], attempts: [anAttempt(run, { seq: 2 })] });
      const detail = await store.run(run);
      same(
        detail?.attempts.map(({ seq }) => seq),
        [2],
      );
      is(detail?.lines.lines.length, 0);
      is(await store.payload(run.runId, 'm1'), undefined);
    },
  },
  {
    title: 'has its own copy of what it was given, and gives copies',
    async holds({ store, writer }) {
      const run = { ...writer.aRun() };
      const bytes = BYTES.slice();
      await writer.write({ runs: [run], payloads: [{ runId: run.runId, messageId: 'm1', bytes }] });
      bytes.fill(0);
      run.tenant = 'changed';
      const first = await store.payload(run.runId, 'm1');
      same(first?.bytes.slice(), BYTES);
      first?.bytes.fill(1);
      same((await store.payload(run.runId, 'm1'))?.bytes.slice(), BYTES);
      is((await store.run(run))?.run.tenant, 'default');
    },
  },
  {
    title: 'keeps texts and bytes as they are',
    async holds({ store, writer }) {
      const run = writer.aRun({
        flow: 'Fl🐧w "x"',
        traceId: "tr'ace; --",
        tenant: ' %_ ',
        errorMessage: TEXTS.join('|'),
      });
      const lines = TEXTS.map((message, index) => aLine(run, { seq: index + 1, message, fields: message }));
      const payloads = [new Uint8Array(), BYTES].map((bytes, index) => ({
        runId: run.runId,
        messageId: `m${index}`,
        bytes,
      }));
      await writer.write({ runs: [run], lines, payloads });
      const detail = await store.run({ traceId: run.traceId, tenant: run.tenant });
      same(plain(detail?.run ?? {}), { ...run, pinned: false });
      same(
        detail?.lines.lines.map(({ message }) => message),
        TEXTS,
      );
      same(
        detail?.lines.lines.map(({ fields }) => fields),
        TEXTS,
      );
      for (const { messageId, bytes } of payloads) {
        same((await store.payload(run.runId, messageId))?.bytes.slice(), bytes);
      }
    },
  },
  {
    title: 'writes out NUL and lone surrogates, and finds them by what they were',
    async holds({ store, writer }) {
      const label = { name: 'or\0der', value: '\udc00' };
      const odd = { flow: 'Or\0ders', traceId: 'tr\ud800ace', tenant: '\0', errorMessage: '\0\ud83d🐧' };
      const run = writer.aRun(odd);
      await writer.write({
        runs: [run],
        labels: [{ runId: run.runId, ...label }],
        lines: [aLine(run, { message: '\0' })],
      });
      const { flow, traceId, tenant } = odd;
      const { runs } = await store.list({ flow, traceId, tenant, label });
      same(
        runs.map((found) => [found.flow, found.traceId, found.tenant, found.errorMessage]),
        [['Or\\u0000ders', 'tr\\ud800ace', '\\u0000', '\\u0000\\ud83d🐧']],
      );
      const detail = await store.run({ traceId, tenant });
      same(detail?.labels.map(plain), [{ runId: run.runId, name: 'or\\u0000der', value: '\\udc00' }]);
      is(detail?.lines.lines[0]?.message, '\\u0000');
      is(await store.forget({ traceId, tenant }), 1);
    },
  },
  {
    title: 'takes batches of several runners at a time',
    async holds({ store, writer }) {
      const others = await Promise.all([1, 2, 3].map(() => Writer.open(store)));
      const writers = [writer, ...others];
      const outcomes = await Promise.all(
        writers.flatMap((each) => [
          each.write({ runs: [each.aRun()] }),
          each.write({ runs: [each.aRun(), each.aRun()] }),
        ]),
      );
      same(new Set(outcomes), new Set(['stored']));
      is((await store.list()).runs.length, 3 * writers.length);
    },
  },
];

/** A row without what a store may have put around it: bytes of another class, a prototype. */
