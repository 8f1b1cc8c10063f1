import { expect } from 'chai';
import { line, node, pass } from '../../support/nodes.js';
import { queue } from '#src/distributed/plan/queue.js';
import { useRigs } from './rig.js';

describe('backpressure of a worker', () => {
  const rigFor = useRigs();

  for (const [how, count] of [
    ['settlement', 1],
    ['put', 66],
  ] as const) {
    it(`D14 says once that a queue has had no room for ten seconds, to a ${how} that waits`, async () => {
      const spread = node('A', async function* () {
        for (let n = 0; n < count; n++) yield n;
      } as never);
      const after = pass('B');
      const rig = await rigFor(line(spread, after), {
        groups: { one: [spread], two: [after] },
        queues: [queue(after, { bound: 1, maxInFlight: 1 })],
      });
      const first = await rig.serve(['one']);
      const told = (): unknown[] =>
        rig.typesOf('flow_backpressure').map((each) => [each.nodeName, each.traceId, each.extra]);
      const episode = async (): Promise<void> => {
        for (let n = 0; n < 3; n++) rig.send('A', n, { kind: 'emit' });
        await rig.turn();
        await rig.clock.advance(9_900);
        await rig.turn();
      };
      await episode();
      expect(told()).to.deep.equal([]);
      await rig.clock.advance(100);
      await rig.turn();
      const facts = { waited_ms: 10_000, queue: 'B', worker_id: first.workerId };
      expect(told()).to.deep.equal([['B', null, facts]]);
      await rig.clock.advance(60_000);
      await rig.turn();
      expect(told()).to.have.length(1);
      const second = await rig.serve(['two']);
      for (let turn = 0; turn < 40; turn++) await rig.turn();
      expect((await rig.session.queues()).map(({ pending, unacked }) => pending + unacked)).to.deep.equal([0, 0]);
      second.pause();
      await rig.clock.advance(60_000);
      await episode();
      await rig.clock.advance(5_000);
      await rig.turn();
      expect(told()).to.have.length(2);
      second.resume();
      for (let turn = 0; turn < 40; turn++) await rig.turn();
    });
  }
});
