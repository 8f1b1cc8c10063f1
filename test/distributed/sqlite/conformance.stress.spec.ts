import { BroadcastChannel } from 'node:worker_threads';

import { expect } from 'chai';

import { carrierConformance } from '#src/distributed/conformance/index.js';

import { MIGRATIONS } from '#src/distributed/sqlite/engine/schema.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';

import { SHARED_SQLITE_TARGET, SQLITE_TARGET } from './sqlite-target.js';
import { STATEMENTS } from './statements.js';

/** Cases wait most of their time, as it is real: so many run beside each other. */
const BESIDE = 8;

/** Tables with as many rows as a flow has messages, and answers. */
const LARGE =
  /^SCAN (?:m|p|a|message|payload|record|dead)\b(?! USING (?:COVERING )?INDEX message_lapse)|^SEARCH (?:m|message) USING INTEGER PRIMARY KEY \(rowid[<>]/;
/** What goes through all messages, a window at a time, to forget their ids, or the oldest dead letters. */
const WINDOWS =
  /^delete from message where seq > \? and seq <= \?|^select seq, until from message where seq > \?|^select min\(seq\)|order by dead limit/;

/** The model runs in real time: two of its seeds here, all of them with `PENGUIFLOW_CARRIER_SEEDS=all`. */
const LEFT_OUT = process.env['PENGUIFLOW_CARRIER_SEEDS'] === 'all' ? /$^/ : /\(seed (?![12]\))/;

describe('D2 D4 D6 D8 D9 D10 D11 D12 D14 D16 D17 D21 D24 D25 D26 D27 D31 D34 the conformance suite of sqliteCarrier', function () {
  this.timeout(300_000);
  const cases = [SQLITE_TARGET, SHARED_SQLITE_TARGET]
    .flatMap(carrierConformance)
    .filter(({ title }) => !LEFT_OUT.test(title))
    .map((each) => ({ ...each, ...pending() }));
  const left = [...cases];
  const statements = new Set<string>();
  const channel = new BroadcastChannel(STATEMENTS);

  before(() => {
    Object.assign(channel, { onmessage: ({ data }: { readonly data: string }) => statements.add(data) });
    for (const { promise } of cases) promise.catch(() => undefined);
    for (let index = 0; index < BESIDE; index += 1) void runLeft();
  });

  for (const { title, promise } of cases) it(title, () => promise);

  // SQLite takes an index of some rows only for a query that names its condition.
  it('H15 all that has been asked of the file is found by an index, however many ids it still knows', () => {
    const database = loadDriver('auto').open(':memory:');
    for (const migration of MIGRATIONS) database.exec(migration);
    const asked = [...statements].filter((sql) => /^(?:select|update|delete|insert)\b/.test(sql) && !WINDOWS.test(sql));
    const slow = asked.filter((sql) =>
      database
        .prepare(`explain query plan ${sql}`)
        .all()
        .some(({ detail }) => LARGE.test(String(detail))),
    );
    database.close();
    expect(asked.length).to.be.greaterThan(40);
    expect(slow).to.deep.equal([]);
  });

  after(() => channel.close());

  async function runLeft(): Promise<void> {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await next.run().then(next.resolve, next.reject);
    }
  }
});

interface Pending {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function pending(): Pending {
  let [resolve, reject]: [Pending['resolve'], Pending['reject']] = [() => {}, () => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
