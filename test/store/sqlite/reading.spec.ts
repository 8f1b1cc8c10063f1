import { expect } from 'chai';
import { Connection, pauseTurn } from '#src/store/sqlite/connection.js';
import type { SqlDatabase } from '#src/store/sqlite/database.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { SqliteReader } from '#src/store/sqlite/sqlite-engine.js';

import { aRun, writeRuns } from '../support/rows.js';
import { useStores } from './support/use-stores.js';

const driver = loadDriver('auto');

describe('what reads in sqliteStore', () => {
  const { newFile, open } = useStores();
  let database: SqlDatabase | undefined;

  afterEach(() => {
    database?.close();
    database = undefined;
  });

  it('H13 sees one state of the file, and a newer one after a tenth of a second', async () => {
    const file = newFile();
    await writeRuns(open(file), 2);
    const other = driver.open(file);
    database = driver.open(file);
    let nowMs = 0;
    const connection = new Connection(database, file, pauseTurn, () => nowMs);
    const count = (): unknown => connection.prepare('select count(*) as runs from run').get()?.['runs'];
    const seen = await connection.read(() => {
      const first = count();
      other.exec('delete from run');
      nowMs = 99;
      connection.breathe();
      const second = count();
      nowMs = 100;
      connection.breathe();
      return [first, second, count()];
    });
    other.close();
    expect(seen).to.deep.equal([2, 2, 0]);
  });

  it('H13 reads a large run in several transactions when it takes long', async () => {
    const file = newFile();
    const store = open(file);
    const { runner, epoch } = await writeRuns(store, 1);
    const { runId } = aRun(runner, 1);
    const lists = {
      attempts: Array.from({ length: 4_500 }, (_, index) => {
        const row = {
          runId,
          seq: index + 1,
          node: 'Price',
          attempt: 0,
          parentSeq: undefined,
          messageId: 'm',
          sentMs: 0,
        };
        const end = { startedMs: 0, endedMs: 1, outcome: 'succeeded' as const, queuedIn: 0 };
        return { ...row, ...end, errorCode: undefined, error: undefined };
      }),
      messages: Array.from({ length: 2_500 }, (_, index) => {
        const row = { runId, messageId: `m${index}`, from: undefined, node: 'Price', type: 'Order' };
        return { ...row, deadlineMs: undefined, meta: undefined, preview: undefined, notKept: undefined };
      }),
    };
    await store.write({ runner, epoch, number: 2, ...lists });
    database = driver.open(file);
    const said: string[] = [];
    const noting: SqlDatabase = {
      exec: (sql) => {
        said.push(sql);
        database?.exec(sql);
      },
      prepare: (sql) => database!.prepare(sql),
      close: () => undefined,
    };
    // Each look at the clock costs 60 ms.
    let nowMs = 0;
    const reader = new SqliteReader(new Connection(noting, file, pauseTurn, () => (nowMs += 60)));
    const detail = await reader.run({ runId });
    expect([detail?.attempts.length, detail?.messages.length, detail?.cut]).to.deep.equal([4_500, 2_500, false]);
    expect(said.filter((sql) => sql === 'begin').length).to.be.within(3, 7);
    expect(said.at(-1)).to.equal('rollback');
  });
});
