import { expect } from 'chai';
import type { FlowEvent, FlowSubscription } from '#src/index.js';
import { line, pass } from '../support/nodes.js';
import { connected, disconnected } from './support/connected.js';
import { useRigs } from './worker/rig.js';

describe('clocks of a flow in several processes', () => {
  const rigFor = useRigs();

  it('D15 D29 tells once per episode that the clock of a process and that of the engine differ by more than half a second', async () => {
    const seen: Readonly<Record<string, unknown>>[] = [];
    const listening = {
      subscription: (): FlowSubscription => ({
        name: 'listening',
        types: ['clock_skew'],
        listener: ({ extra, nodeName, traceId }: FlowEvent) => void seen.push({ ...extra, nodeName, traceId }),
        identity: Symbol('one'),
      }),
    };
    const rig = await rigFor(line(pass('A')));
    const { faults } = rig.carrier;
    const told = (): unknown[] => seen.splice(0);
    faults.shiftClock(500);
    const worker = await rig.serve(undefined, { middlewares: [listening] as never });
    expect(told()).to.deep.equal([]);
    faults.shiftClock(1);
    const client = await connected(rig, { middlewares: [listening] as never });
    const none = { nodeName: null, traceId: null };
    expect(told()).to.deep.equal([{ skew_ms: -501, client_id: 'client', ...none }]);
    await rig.clock.advance(59_000);
    expect(told()).to.deep.equal([]);
    await rig.clock.advance(2_000);
    expect(told()).to.deep.equal([{ skew_ms: -501, worker_id: 'w1', ...none }]);
    await rig.clock.advance(180_000);
    expect(told(), 'an episode is told once').to.deep.equal([]);
    faults.shiftClock(-501);
    await rig.clock.advance(60_000);
    faults.shiftClock(-2_000);
    await rig.clock.advance(60_000);
    expect(told()).to.have.deep.members([
      { skew_ms: 2_000, client_id: 'client', ...none },
      { skew_ms: 2_000, worker_id: 'w1', ...none },
    ]);
    faults.shiftClock(2_000);
    await disconnected(rig, client);
    const stopping = worker.stop();
    await rig.clock.advance(5_000);
    await stopping;
    faults.shiftClock(9_000);
    await rig.clock.advance(120_000);
    expect(told(), 'who has stopped tells nothing').to.deep.equal([]);
  });
});
