import { deepStrictEqual as same, strictEqual as is } from 'node:assert';

import type { Promised } from './examined.js';
import { allOf, idsOf } from './expectations.js';

/** Runs are found by what people write into a search field. */
export const SEARCH_CASES: readonly Promised[] = [
  {
    title: 'finds runs by what their trace id begins with',
    async holds({ store, writer }) {
      const traceIds = [
        '4711',
        '4711-a',
        '4712',
        '471',
        '',
        'Ä%_🐧x',
        'ä%_🐧x',
        'Ä%_🐧',
        '47\0',
        `${'x'.repeat(300)}y`,
      ];
      const runs = traceIds.map((traceId) => writer.aRun({ traceId }));
      await writer.write({ runs });
      for (const tracePrefix of [
        '',
        '4',
        '47',
        '4711',
        '4711-a',
        '4711-b',
        'Ä',
        'Ä%_🐧',
        '_',
        'x'.repeat(299),
        '47\0',
      ]) {
        const found = traceIds.flatMap((traceId, index) =>
          traceId.startsWith(tracePrefix) ? [runs[index]!.runId] : [],
        );
        same(idsOf((await store.list({ tracePrefix })).runs), found.toReversed(), JSON.stringify(tracePrefix));
        is((await store.list({ tracePrefix, count: true })).count?.runs, found.length);
      }
      // So many that they are looked for in another way.
      await writer.some(700, (index) => ({
        traceId: `many-${index}`,
        flow: index % 100 === 0 ? 'Refunds' : 'Orders',
      }));
      is((await store.list({ tracePrefix: 'many-', flow: 'Refunds' })).runs.length, 7);
      is((await allOf(store, { tracePrefix: 'many-', limit: 500 })).length, 700);
    },
  },
  {
    title: 'finds failed runs by part of what they say',
    async holds({ store, writer }) {
      const says = ['Card refused: Übelkeit 50%', 'card REFUSED', 'the bank_is away', '\0', undefined];
      const runs = says.map((errorMessage) =>
        writer.aRun({ status: 'failed', errorCode: 'NODE_EXCEPTION', errorNode: 'Pay', errorMessage }),
      );
      await writer.write({ runs: [...runs, writer.aRun()] });
      const looks: readonly (readonly [string, readonly number[]])[] = [
        ...([
          ['refused', [1, 0]],
          ['CARD R', [1, 0]],
          ['50%', [0]],
          ['%', [0]],
          ['_', [2]],
          ['Übel', [0]],
        ] as const),
        ...([
          ['übel', []],
          ['\0', [3]],
          ['nothing', []],
          ['', [-1, 4, 3, 2, 1, 0]],
        ] as const),
      ];
      for (const [text, found] of looks) {
        const ids = found.map((index) => runs[index]?.runId ?? runs[4]!.runId + 1);
        same(idsOf((await store.list({ text })).runs), ids, JSON.stringify(text));
        same(idsOf((await store.list({ text, node: 'Pay' })).runs), ids.slice(text === '' ? 1 : 0));
        is((await store.list({ text, count: true })).count?.runs, ids.length);
      }
    },
  },
];
