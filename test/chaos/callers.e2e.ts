import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { loadDriver } from '#src/store/sqlite/drivers.js';

import { LEASE_S, TIMEOUT_MS, sized } from './support/size.js';
import { emptied, report, secondsSince, Sink, useChaos } from './support/use-chaos.js';

const KILLED = sized(4, 20);
const CALLERS = 1_000;
const PROCESSES = 4;

/** All tables of the file that get rows: it is to have what it had, when what came of the calls has had its time. */
const TABLES = [
  ...['flow', 'queue', 'message', 'payload', 'session', 'taker'],
  ...['dead', 'record', 'document', 'cast_text'],
];

describe('chaos on SQLite: callers that come, go and die', function () {
  this.timeout(TIMEOUT_MS);
  const chaos = useChaos();

  it('D17 a caller is killed after its emit, and another process reads the result of the root: 100 %', async () => {
    const client = await chaos.now.connect('Replying');
    await Promise.all([chaos.now.serve('Replying'), chaos.now.serve('Replying')]);
    const sinceMs = performance.now();
    const roots: (readonly [number, string])[] = [];
    for (let caller = 0; caller < KILLED; caller += 1) {
      const killed = chaos.now.send('Replying', { role: 'tells', from: caller * 100_000, count: 100_000 });
      await killed.says((said) => said.length >= 50);
      await killed.kill();
      roots.push(...killed.said.map((line) => [Number(line.split(' ')[1]), line.split(' ')[2] as string] as const));
    }
    const read = await Promise.all(
      roots.map(async ([n, root]) => (await client.result(root, { timeoutS: 30 })).n === n),
    );
    const right = read.filter(Boolean).length;
    report({ 'callers killed': KILLED, roots: roots.length, 'results read': right, seconds: secondsSince(sinceMs) });
    expect(right).to.equal(roots.length);
  });

  it(`D17 ${CALLERS} callers come and go, half of them by SIGKILL: no row of theirs is left`, async () => {
    chaos.now.carrier = { ...chaos.now.carrier, dedupeS: LEASE_S, keepS: LEASE_S };
    const { file } = chaos.now.carrier;
    await Promise.all([chaos.now.serve('Replying'), chaos.now.serve('Broad')]);
    // Workers serve before the file knows them.
    while (rowsOf(file)['taker'] !== 2) await setTimeout(50);
    const before = rowsOf(file);
    const sinceMs = performance.now();
    const each = CALLERS / PROCESSES;
    const callers = Array.from({ length: PROCESSES }, (_, index) => {
      const [flow, role] = index % 2 === 0 ? (['Replying', 'comes and goes'] as const) : (['Broad', 'stays'] as const);
      return chaos.now.send(flow, { role, from: index * each, count: each });
    });
    await Promise.all(callers.map((caller) => caller.says('done')));
    const most = rowsOf(file);
    await Promise.all(callers.map((caller) => caller.kill()));
    // What the dead ones had not acknowledged comes again.
    const client = await chaos.now.connect('Broad');
    const sink = new Sink(client);
    await emptied(client);
    await client.stop();
    const hasPassed = (): boolean => isDeepStrictEqual(rowsOf(file), before);
    for (const endMs = performance.now() + 10 * LEASE_S * 1_000; !hasPassed() && performance.now() < endMs;) {
      await setTimeout(100);
    }
    report({
      ...{ callers: CALLERS, 'rows before': inRow(before), most: inRow(most), after: inRow(rowsOf(file)) },
      ...{ 'results that came again': sink.counts.size, seconds: secondsSince(sinceMs) },
    });
    expect(rowsOf(file)).to.deep.equal(before);
    expect(most['session']).to.be.above(CALLERS / 4);
  });
});

function inRow(rows: Readonly<Record<string, number>>): string {
  return Object.values(rows)
    .reduce((sum, each) => sum + each, 0)
    .toString();
}

function rowsOf(file: string): Readonly<Record<string, number>> {
  const database = loadDriver('auto').open(file);
  try {
    const count = (table: string): number =>
      Number(database.prepare(`select count(*) as n from ${table}`).get()?.['n']);
    return Object.fromEntries(TABLES.map((table) => [table, count(table)]));
  } finally {
    database.close();
  }
}
