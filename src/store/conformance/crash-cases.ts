import { ok, strictEqual as is } from 'node:assert';

import type { Promised } from './examined.js';
import { aLine, anAttempt, NOON_MS, Writer } from './writer.js';

/** What is there after a process was killed. */
export const CRASH_CASES: readonly Promised[] = [
  {
    title: 'has every batch that it said was stored',
    crashes: true,
    async holds(examined) {
      const runs = await examined.writer.some(20);
      const store = await examined.crash();
      for (const { runId } of runs) is((await store.run({ runId }))?.run.status, 'succeeded');
      const next = await Writer.open(store);
      ok(next.runner !== examined.writer.runner, 'the number of a runner with runs was given away');
    },
  },
  {
    title: 'has of a batch that was being written all or nothing',
    crashes: true,
    async holds(examined) {
      const run = examined.writer.aRun();
      const attempts = Array.from({ length: 300 }, (_, index) => anAttempt(run, { seq: index + 1 }));
      // It may never hear what became of it.
      examined.writer.write({ runs: [run], attempts, lines: [aLine(run)] }).catch(() => undefined);
      const store = await examined.crash();
      const detail = await store.run(run);
      const rows = [detail?.attempts.length ?? 0, detail?.lines.lines.length ?? 0].join();
      is(rows, detail === undefined ? '0,0' : '300,1');
    },
  },
  {
    title: 'knows the dead runner, so that its runs can be ended as interrupted',
    crashes: true,
    async holds(examined) {
      const run = examined.writer.running();
      await examined.writer.write({ runs: [run] });
      const store = await examined.crash();
      const next = await Writer.open(store);
      const { others } = await next.beat();
      is(others.length, 1);
      is((await store.claimDead(others, NOON_MS + 90_000)).interrupted, 1);
      is((await store.run(run))?.run.status, 'interrupted');
      is((await store.claimDead(others, NOON_MS + 90_000)).interrupted, 0);
    },
  },
];
