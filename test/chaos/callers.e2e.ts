import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';

import { loadDriver } from '#src/store/sqlite/drivers.js';

import { LEASE_S, sized } from './support/size.js';
import { report, secondsSince, useChaos } from './support/use-chaos.js';

const KILLED = sized(4, 20);
const CALLERS = sized(400, 1_000);
const PROCESSES = 4;

/** Rows of those who are there. What was settled, and what came of it, lies there for its time. */
const PRESENT = ['flow', 'queue', 'session', 'taker', 'document', 'payload', 'dead'];

describe('chaos on SQLite: callers that come, go and die', function () {
  this.timeout(sized(90_000, 240_000));
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
    const client = await chaos.now.connect('Replying');
    await Promise.all([chaos.now.serve('Replying'), chaos.now.serve('Replying')]);
    await client.call({ n: -1 });
    const before = rowsOf(chaos.now.file);
    const sinceMs = performance.now();
    const each = CALLERS / PROCESSES;
    const callers = Array.from({ length: PROCESSES }, (_, index) =>
      chaos.now.send('Replying', {
        role: index % 2 === 0 ? 'comes and goes' : 'stays',
        from: index * each,
        count: each,
      }),
    );
    await Promise.all(callers.map((caller) => caller.says('done')));
    await Promise.all(callers.map((caller) => caller.kill()));
    // What is the dead ones' goes with their leases.
    await setTimeout(1.5 * LEASE_S * 1_000);
    const after = rowsOf(chaos.now.file);
    report({
      callers: CALLERS,
      rows: JSON.stringify(after),
      before: JSON.stringify(before),
      seconds: secondsSince(sinceMs),
    });
    expect(after).to.deep.equal(before);
  });
});

function rowsOf(file: string): Readonly<Record<string, number>> {
  const database = loadDriver('auto').open(file);
  try {
    const count = (table: string): number =>
      Number(database.prepare(`select count(*) as n from ${table}`).get()?.['n']);
    return Object.fromEntries(PRESENT.map((table) => [table, count(table)]));
  } finally {
    database.close();
  }
}
