import { expect } from 'chai';

import { TIMEOUT_MS, sized } from './support/size.js';
import { emptied, report, useChaos } from './support/use-chaos.js';

const PROCESSES = 4;
const SECONDS = sized(8, 30);

describe('chaos on SQLite: processes that all want the file', function () {
  this.timeout(TIMEOUT_MS);
  const chaos = useChaos();

  it(`H15 ${PROCESSES} processes send and work for ${SECONDS} s: the slowest has at least half of what the fastest has`, async () => {
    const processes = Array.from({ length: PROCESSES }, (_, index) =>
      chaos.now.send('Replying', { role: 'measures', from: index * 1_000_000, count: SECONDS }),
    );
    await Promise.all(processes.map((each) => each.says('measured')));
    const measured = processes.map((each) => each.last('measured')!.map(Number));
    const sent = measured.map(([count]) => count!);
    await emptied(await chaos.now.connect('Replying'));
    const runs = chaos.now.runs();
    const ran = processes.map(({ child }) => runs.filter(({ pid }) => pid === child.pid).length);
    const share = (counts: readonly number[]): number => Math.min(...counts) / Math.max(...counts);
    report({
      ...{
        sent: sent.join('/'),
        share: share(sent).toFixed(2),
        run: ran.join('/'),
        'share of runs': share(ran).toFixed(2),
      },
      'commit p99': `${Math.max(...measured.map(([, p99]) => p99!)).toFixed(0)} ms`,
    });
    expect(share(sent)).to.be.at.least(0.5);
    expect(share(ran)).to.be.at.least(0.5);
  });
});
