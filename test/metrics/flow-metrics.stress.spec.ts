import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { createFlow } from '#src/index.js';
import { FlowMetrics } from '#src/metrics/index.js';
import { seriesOf } from './support/series-of.js';
import { Storm } from './support/storm.js';

describe('FlowMetrics under load', () => {
  it('has as many series after 100,000 random tenants, traces and errors as after the first few', async () => {
    const metrics = new FlowMetrics({ tenants: ['acme'] });
    const storm = createFlow(Storm);
    metrics.observe(storm);
    await storm.run();
    const send = async (text: string): Promise<void> => {
      await storm.call(text, { tenant: randomUUID(), traceId: randomUUID(), topic: text }).catch(() => {});
    };
    for (const text of ['a', 'b']) {
      await send(text);
      await storm.call(text, { tenant: 'acme' }).catch(() => {});
    }
    const before = Object.keys(await seriesOf(metrics));
    for (let batch = 0; batch < 1000; batch++) await Promise.all(Array.from({ length: 100 }, () => send(randomUUID())));
    const series = await seriesOf(metrics);
    expect(Object.keys(series)).to.have.members(before);
    const events = (tenant: string): number =>
      ['node_success', 'node_failed'].reduce(
        (sum, type) =>
          sum +
          series[
            `penguiflow_node_events_total{flow_name="Storm",node_name="Boom",event_type="${type}",tenant="${tenant}"}`
          ]!,
        0,
      );
    expect(events('other')).to.equal(100_002);
    expect(events('acme')).to.equal(2);
    await storm.stop();
  }).timeout(60_000);
});
