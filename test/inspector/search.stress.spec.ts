import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunList } from '#src/inspector/api.js';
import { FlowHistory, sqliteStore, type FlowStore } from '#src/store/index.js';
import { aRun, INIT } from '../store/support/rows.js';
import { ask, useInspectors } from './support/inspectors.js';

const RUNS = 100_000;
const TENANTS = 50;
/** One of a thousand runs fails. */
const FAILS_EACH = 1_000;
const BEGAN_MS = Date.UTC(2026, 0, 1);
/** A run each second. */
const EACH_MS = 1_000;

/** Writes them as they would have come. */
async function fill(store: FlowStore): Promise<void> {
  const runner = await store.open(INIT);
  let batch = 0;
  for (let first = 0; first < RUNS; first += 2_000) {
    const runs = Array.from({ length: 2_000 }, (_, index) => {
      const number = first + index;
      const startedMs = BEGAN_MS + number * EACH_MS;
      const failed = number % FAILS_EACH === 7;
      return aRun(runner.runner, number + 1, {
        ...{ traceId: `order-${String(number).padStart(6, '0')}`, tenant: `tenant-${number % TENANTS}`, startedMs },
        endedMs: startedMs + (number === 12_345 ? 90_000 : 20),
        ...(failed
          ? {
              status: 'failed' as const,
              errorNode: number % 2_000 === 7 ? 'Charge' : 'Ship',
              errorCode: number % 2_000 === 7 ? 'NODE_EXCEPTION' : 'NODE_TIMEOUT',
              errorMessage: number === 77_007 ? 'the bank is on fire' : 'no answer',
            }
          : {}),
      });
    });
    batch++;
    await store.write({ ...runner, number: batch, runs });
  }
}

describe('the inspector at a store of a hundred thousand runs', function () {
  this.timeout(120_000);
  const bench = useInspectors();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penguiflow-search-'));
    const store = sqliteStore({ file: join(folder, 'runs.db') });
    await fill(store);
    await store.close(Date.now());
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('I12 finds runs by the beginning of an id, tenant, node, code, time, duration and text, and each is there within a second', async () => {
    const history = new FlowHistory(sqliteStore({ file: join(folder, 'runs.db') }));
    const url = await bench.serve(bench.inspector({ history }).handler);
    const at = (number: number): number => BEGAN_MS + number * EACH_MS;
    const cases: readonly (readonly [query: string, first: string, runs: number])[] = [
      ['id=order-012345', 'order-012345', 1],
      ['id=order-0123', 'order-012399', 100],
      ['tenant=tenant-7&limit=500', 'order-099957', 500],
      ['node=Charge', 'order-098007', 50],
      ['code=NODE_TIMEOUT', 'order-099007', 50],
      ['node=Charge&tenant=tenant-7&status=failed', 'order-098007', 50],
      [`fromMs=${at(50_000)}&toMs=${at(50_010)}`, 'order-050009', 10],
      [`fromMs=${at(12_000)}&toMs=${at(13_000)}&minMs=60000`, 'order-012345', 1],
      ['text=ON%20FIRE', 'order-077007', 1],
      ['status=failed&limit=100', 'order-099007', 100],
    ];
    // Opening the file is no part of a search.
    await ask(`${url}/api/runs?limit=1`);
    for (const [query, first, runs] of cases) {
      const beganMs = performance.now();
      const found = (await ask(`${url}/api/runs?limit=100&${query}`.replace(/limit=100&(.*limit=)/, '$1')))
        .json as RunList;
      const tookMs = performance.now() - beganMs;
      expect([query, found.runs[0]?.traceId, found.runs.length]).to.deep.equal([query, first, runs]);
      expect(tookMs, query).to.be.lessThan(1_000);
    }
    const counted = (await ask(`${url}/api/runs?limit=1`)).json as RunList;
    expect(counted.byStatus).to.deep.equal({ succeeded: RUNS - RUNS / FAILS_EACH, failed: RUNS / FAILS_EACH });
    expect(counted.count).to.deep.equal({ runs: RUNS, exact: true });
    await history.close();
  });

  it('I12 finds what no index has by searching further and further, and says how far it came', async () => {
    const history = new FlowHistory(sqliteStore({ file: join(folder, 'runs.db') }));
    const url = await bench.serve(bench.inspector({ history }).handler);
    let cursor: string | null = '';
    let pages = 0;
    const found: string[] = [];
    let beforeMs = Infinity;
    while (cursor !== null && pages < 1_000) {
      const page: RunList = (await ask(`${url}/api/runs?minMs=60000&cursor=${encodeURIComponent(cursor)}`))
        .json as RunList;
      found.push(...page.runs.map(({ traceId }) => traceId));
      if (page.cursor !== null) {
        expect(page.searchedToMs).to.be.lessThan(beforeMs);
        beforeMs = page.searchedToMs as number;
      }
      cursor = page.cursor;
      pages++;
    }
    expect([found, pages > 1]).to.deep.equal([['order-012345'], true]);
    await history.close();
  });
});
