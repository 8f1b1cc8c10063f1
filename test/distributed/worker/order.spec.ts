import { expect } from 'chai';
import { start } from '#src/index.js';
import { queue } from '#src/distributed/plan/queue.js';
import { line, node, pass } from '../../support/nodes.js';
import { useRigs } from './rig.js';

describe('the order of a queue', () => {
  const rigFor = useRigs();

  it('D21 asks for the key of a message once, also while it waits for room', async () => {
    const asked: unknown[] = [];
    const spread = node('A', async function* () {
      for (let n = 0; n < 100; n++) yield n;
    } as never);
    const after = pass('B');
    const by = (n: number): string => `${asked.push(n) && n % 2}`;
    const rig = await rigFor(line(spread, after), {
      queues: [queue(after as never, { bound: 3, order: { by: by as never, lanes: 2 } })],
    });
    await rig.serve();
    rig.send('A', 'all', { kind: 'emit' });
    for (let turn = 0; turn < 60; turn++) await rig.turn();
    expect(rig.answers).to.have.length(101);
    expect(asked).to.deep.equal(Array.from({ length: 100 }, (_, n) => n));
  });

  it('D21 asks each order of the nodes that a message goes to', async () => {
    const asked: string[] = [];
    const [a, b, c] = [pass('A'), pass('B'), pass('C')];
    const ordered = [b, c].map((each, index) =>
      queue(each as never, { order: { by: (() => asked.push(['B', 'C'][index]!)) as never, lanes: 2 } }),
    );
    const rig = await rigFor(start(a).to(b, c) as never, { queues: ordered });
    await rig.serve();
    rig.send('A', 'one', { kind: 'emit' });
    await rig.turn();
    await rig.turn();
    expect(asked).to.deep.equal(['B', 'C']);
  });
});
