import { setTimeout } from 'node:timers/promises';

import { expect } from 'chai';
import type { CarrierSession } from '#src/distributed/index.js';

import { LEASE_S, stored } from './carrier-process.js';
import { type CarrierProcess, stateOf, useProcesses } from './use-processes.js';

/** More of them: `PENGUIFLOW_KILLS=200 npx mocha test/distributed/sqlite/chaos.stress.spec.ts`. */
const KILLS = Number(process.env['PENGUIFLOW_KILLS'] ?? 20);
const MESSAGES = KILLS * 100;

describe('sqliteCarrier with processes that are killed and stopped', function () {
  this.timeout(120_000 + KILLS * 2_000);
  const processes = useProcesses();

  it(`D2 D4 D6 D9 loses nothing and stores nothing twice when ${KILLS} processes are killed while they put and settle`, async () => {
    const session = await processes.join();
    const relays = [processes.start('relay'), processes.start('relay')];
    let putting = processes.start('put', '0', String(MESSAGES));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await setTimeout(50 + Math.random() * 150);
      if (kill % 3 === 2) {
        await putting.kill();
        // What it was told is stored is not put again; of the rest nobody knows.
        putting = processes.start('put', String(firstMissing(putting.said, putting)), String(MESSAGES));
      } else {
        await relays[kill % 2]!.kill();
        relays[kill % 2] = processes.start('relay');
      }
    }
    await putting.says((said) => said.includes('all'));
    await emptied(session, 'in');
    const bodies = await takeAll(session, 'out');
    console.log(
      `      ${KILLS} kills, ${MESSAGES} messages: lost ${MESSAGES - new Set(bodies).size}, stored twice ${bodies.length - new Set(bodies).size}`,
    );
    expect(new Set(bodies).size).to.equal(MESSAGES);
    expect(bodies.length).to.equal(MESSAGES);
  });

  it('D9 tells a process that was stopped for three leases what it has lost, and stores nothing twice', async () => {
    const session = await processes.join();
    await Promise.all(Array.from({ length: 500 }, (_, index) => stored(session, 'in', `m-${index}`)));
    const stopped = processes.start('relay', '600');
    await stopped.says((said) => said.some((line) => line.startsWith('took')));
    // Not in the middle of a transaction: whoever stands still there keeps the file from all others.
    await setTimeout(100);
    stopped.child.kill('SIGSTOP');
    const other = processes.start('relay');
    await setTimeout(3 * LEASE_S * 1_000);
    await emptied(session, 'in');
    stopped.child.kill('SIGCONT');
    await stopped.says((said) => said.some((line) => line.startsWith('lost')));
    expect(other.said.some((line) => line.startsWith('settled'))).to.equal(true);
    const bodies = await takeAll(session, 'out');
    expect([bodies.length, new Set(bodies).size]).to.deep.equal([500, 500]);
  });

  it('H15 lets four processes work on one file, and keeps none from its turn', async () => {
    const session = await processes.join();
    const loops = [0, 1, 2, 3].map((index) => processes.start('loop', `q${index}`, '4'));
    await Promise.all(loops.map((each) => each.says((said) => said.some((line) => line.startsWith('{')))));
    const results = loops.map(resultOf);
    const counts = results.map(({ settled }) => settled);
    const share = Math.min(...counts) / Math.max(...counts);
    const p99 = Math.max(...results.map((each) => each.p99));
    console.log(
      `      settled ${counts.join(', ')}: the slowest ${share.toFixed(2)} of the fastest; a put p99 ${p99.toFixed(0)} ms`,
    );
    // The machine of a test does other things; the figures are those of the benchmark.
    expect(share).to.be.greaterThan(0.2);
    expect((await stateOf(session, 'q0')).dead).to.equal(0);
  });

  it('D2 makes the file once when many processes start at a time', async () => {
    const starters = Array.from({ length: 6 }, (_, index) => processes.start('start', `s-${index}`));
    await Promise.all(starters.map((each) => each.says((said) => said.includes('all'))));
    expect((await stateOf(await processes.join(), 'in')).pending).to.equal(6);
  });
});

/** The first message that a process was not told to be stored: its line may have come later than others. */
function firstMissing(said: readonly string[], { child }: CarrierProcess): number {
  const from = Number(child.spawnargs.at(-2));
  const known = new Set(said.filter((line) => line.startsWith('stored')).map((line) => Number(line.split(' ')[1])));
  let next = from;
  while (known.has(next)) next += 1;
  return next;
}

function resultOf({ said }: CarrierProcess): { readonly settled: number; readonly p99: number } {
  return JSON.parse(said.find((line) => line.startsWith('{')) ?? '') as { settled: number; p99: number };
}

async function emptied(session: CarrierSession, queue: string): Promise<void> {
  for (;;) {
    const { pending, unacked } = await stateOf(session, queue);
    if (pending + unacked === 0) return;
    await setTimeout(50);
  }
}

/** The bodies of all that lies in a queue. */
async function takeAll(session: CarrierSession, queue: string): Promise<readonly string[]> {
  const { pending, unacked } = await stateOf(session, queue);
  const bodies: string[] = [];
  await new Promise<void>((resolve) => {
    session.take(queue, { free: 1_000_000, maxHoldS: 900 }, ({ body }) => {
      bodies.push(body);
      if (bodies.length === pending + unacked) resolve();
    });
  });
  await setTimeout(200);
  return bodies;
}
