import { expect } from 'chai';
import { circuitBreaker, ConsecutiveBreaker, handleAll, retry, wrap } from 'cockatiel';
import { dependency, type Dependency } from '#src/index.js';
import { FlowMetrics } from '#src/metrics/index.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';
import { seriesOf } from './support/series-of.js';

describe('metrics of dependencies', () => {
  const bench = useFlows();
  let metrics: FlowMetrics;
  let isDown = false;

  beforeEach(() => {
    metrics = new FlowMetrics();
    isDown = false;
  });

  const charging = async (to: (payload: unknown) => Dependency): Promise<TestFlow> => {
    const flow = await bench.run(
      line(
        node('Charge', async (payload, ctx) =>
          ctx.through(to(payload), async () => {
            if (isDown) throw new Error('no answer yet');
            await ctx.sleep(0.3);
            return 'paid';
          }),
        ),
      ),
      { name: 'Payments' },
    );
    metrics.observe(flow);
    return flow;
  };

  const breaker = () => circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });

  it('R35 observe how long calls took with all their tries, by how they ended', async () => {
    const bank = dependency('bank', { policy: wrap(breaker(), retry(handleAll, { maxAttempts: 1 })) });
    const flow = await charging(() => bank);
    const call = flow.call('m');
    await bench.clock.advance(300);
    await call;
    isDown = true;
    await codeOf(flow.call('m'));
    await codeOf(flow.call('m'));
    const series = await seriesOf(metrics);
    const of = (outcome: string): string => `{flow_name="Payments",dependency="bank",outcome="${outcome}"}`;
    expect(series[`penguiflow_dependency_latency_seconds_sum${of('success')}`]).to.be.closeTo(0.3, 1e-9);
    for (const outcome of ['success', 'error', 'rejected'])
      expect(series[`penguiflow_dependency_latency_seconds_count${of(outcome)}`], outcome).to.equal(1);
    expect(
      series[
        'penguiflow_node_events_total{flow_name="Payments",node_name="Charge",event_type="dependency_error",tenant="other"}'
      ],
    ).to.equal(1);
  });

  it('R35 show the present state of each breaker at each scrape, whoever listens, and none for what has none', async () => {
    const policy = breaker();
    const [bank, mail] = [dependency('bank', { policy }), dependency('mail')];
    const flow = await charging((payload) => (payload === 'mail' ? mail : bank));
    const states = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        Object.entries(await seriesOf(metrics)).filter(([name]) => name.startsWith('penguiflow_dependency_state')),
      );
    expect(await states()).to.deep.equal({});
    isDown = true;
    await codeOf(flow.call('mail'));
    await codeOf(flow.call('bank'));
    const of = (state: string): string => `penguiflow_dependency_state{dependency="bank",state="${state}"}`;
    expect(await states()).to.deep.equal({ [of('closed')]: 0, [of('open')]: 1, [of('half_open')]: 0 });
    await flow.stop();
    expect(await states()).to.deep.equal({});
  });

  it('R35 keep to a hundred names, whatever a program makes', async () => {
    const flow = await charging((payload) => dependency(String(payload), { policy: breaker() }));
    isDown = true;
    for (let n = 0; n < 120; n++) await flow.call(`bank-${n}`).catch(() => {});
    await settle();
    const names = new Set(
      [...(await metrics.text()).matchAll(/^penguiflow_dependency_\w+\{.*?dependency="([^"]+)"/gm)].map(
        ([, name]) => name,
      ),
    );
    expect(names).to.have.property('size', 101);
    expect(names).to.include('other');
  });
});
