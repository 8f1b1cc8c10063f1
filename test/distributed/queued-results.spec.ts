import { expect } from 'chai';
import { CLOCK, FLOW_LOG } from '#src/index.js';
import { connectFlow } from '#src/distributed/client/connect-flow.js';
import type { FlowClient } from '#src/distributed/client/flow-client.js';
import type { QueuedResult } from '#src/distributed/client/queued-results.js';
import { failing, line, node, pass } from '../support/nodes.js';
import { codeOf } from '../support/settling.js';
import { MemoryLog } from '../support/memory-log.js';
import { useRigs, type Rig } from './worker/rig.js';

describe('results that go to a queue', () => {
  const rigFor = useRigs();

  function connect(rig: Rig): Promise<FlowClient<unknown>> {
    const providers = [
      { token: CLOCK, useValue: rig.clock },
      { token: FLOW_LOG, useValue: new MemoryLog() },
    ];
    return connectFlow(rig.flowClass as never, { carrier: rig.carrier, providers } as never) as never;
  }

  it('D17 are read by whoever reads it, until they are acknowledged', async () => {
    const twice = node('Twice', async (n: number, ctx) => {
      await ctx.emit(n);
      return n * 2;
    });
    const rig = await rigFor(line(twice), { results: 'queue' });
    await rig.serve();
    const [sender, reader, other] = [await connect(rig), await connect(rig), await connect(rig)];
    const emitted = sender.emit(3, { traceId: 'a', tenant: 'acme' });
    await rig.turn();
    const { rootId } = await emitted;
    const queue = reader.queuedResults();
    const read: QueuedResult[] = [];
    for (let n = 0; n < 2; n++) read.push((await queue.next()).value as QueuedResult);
    expect(read.map(({ value }) => value)).to.have.members([3, 6]);
    expect(read.map((each) => [each.traceId, each.tenant, each.rootId, each.redelivered])).to.deep.equal([
      ['a', 'acme', rootId, false],
      ['a', 'acme', rootId, false],
    ]);
    const acked = read[0]?.ack();
    await rig.turn();
    await acked;
    const released = read[1]?.release();
    const left = queue.return?.();
    await rig.turn();
    await Promise.all([released, left]);
    const second = (await other.queuedResults().next()).value as QueuedResult;
    expect(second.value).to.equal(read[1]?.value);
    const gone = second.ack();
    await rig.turn();
    await gone;
    expect((await rig.session.queues()).map(({ pending, unacked }) => pending + unacked)).to.deep.equal([0, 0]);
    const stops = [sender, reader, other].map((client) => client.stop());
    await rig.clock.advance(10_000);
    await rig.turn();
    await Promise.all(stops);
  });

  it('D11 D17 has failures of emits, too', async () => {
    const rig = await rigFor(line(failing('Fails')), { results: 'queue' });
    await rig.serve();
    const client = await connect(rig);
    const emitted = client.emit(1);
    await rig.turn();
    await emitted;
    const { error, ack } = (await client.queuedResults().next()).value as QueuedResult;
    expect([error?.code, error?.nodeName]).to.deep.equal(['NODE_EXCEPTION', 'Fails']);
    const acked = ack();
    const stopped = client.stop();
    await rig.clock.advance(10_000);
    await rig.turn();
    await Promise.all([acked, stopped]);
    expect(await rig.session.dead.list()).to.have.length(1);
  });

  it('D17 refuses calls, and a queue where there is none', async () => {
    const queued = await rigFor(line(pass('A')), { results: 'queue' });
    const replied = await rigFor(line(pass('A')));
    const [one, other] = [await connect(queued), await connect(replied)];
    expect(await codeOf(one.call(1))).to.equal('RESULTS_QUEUED');
    expect(await codeOf(Promise.resolve().then(() => other.queuedResults()))).to.equal('INVALID_OPTION');
    const stops = [one.stop(), other.stop()];
    for (const rig of [queued, replied]) await rig.clock.advance(10_000);
    await Promise.all(stops);
  });
});
