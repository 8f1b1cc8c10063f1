import { expect } from 'chai';
import { InspectedFlows } from '#src/inspector/inspected-flows.js';
import { LiveSampler } from '#src/inspector/live/live-sampler.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { ManualClock } from '#src/testing/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';

describe('samples of flows', () => {
  const flows = useFlows();

  it('I10 whoever sees some tenants only is not told of which run a stall speaks, nor what a store says', async () => {
    const flow = await flows.run(line(failing('Bad')));
    const clock = new ManualClock();
    const sampler = new LiveSampler(new InspectedFlows([flow], undefined, () => () => {}, clock), clock);
    const [live] = sampler.sample().flows;
    const snapshot = {
      ...sampler.sample(),
      flows: [{ ...live!, stalled: 'Nobody reads the stream of trace order-17' }],
      history: { waitingRows: 1, shedTraces: 0, rejectedRows: 0, degraded: 'no room for the run of krill-co' },
    };
    expect(JSON.stringify(sampler.for(snapshot, undefined)))
      .to.include('order-17')
      .and.include('krill-co');
    const seen = sampler.for(snapshot, ['acme']);
    expect(JSON.stringify(seen)).not.to.include('order-17').and.not.include('krill-co');
    expect([seen.flows[0]?.stalled, seen.history.degraded]).not.to.include(null);
    sampler.end();
  });

  it('I1 runs that met their deadline are among the latest failures, as they are on the tile', async () => {
    const history = new FlowHistory(memoryStore());
    const { node: hangs, calls } = held('Hangs');
    const flow = await flows.run(line(hangs), { history });
    const clock = new ManualClock();
    const sampler = new LiveSampler(new InspectedFlows([flow], history, () => () => {}, clock), clock);
    sampler.sample();
    const ended = codeOf(flow.call(1, { traceId: 'late', timeoutS: 1 }));
    await settle();
    await flows.clock.advance(1_500);
    expect(await ended).to.equal('DEADLINE_EXCEEDED');
    calls[0]?.resolve(1);
    await settle();
    const sample = () => sampler.for(sampler.sample(), undefined).flows[0]!;
    while (sample().latestFailures.length === 0) await settle();
    const { failures, latestFailures } = sample();
    expect([failures, latestFailures.map(({ traceId, status }) => [traceId, status])]).to.deep.equal([
      1,
      [['late', 'deadline']],
    ]);
    sampler.end();
    await flow.stop();
    await history.close();
  });
});
