import { expect } from 'chai';
import { Registry } from 'prom-client';
import { FlowMetrics } from '#src/metrics/index.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { line, pass } from '../support/nodes.js';

describe('metrics of a history', () => {
  const bench = useFlows();

  it('H4 H7 tell of what it lacks, of what waits and of a store that takes nothing', async () => {
    const metrics = new FlowMetrics({ registry: new Registry() });
    const read = async (): Promise<Record<string, string>> => {
      const lines = (await metrics.text()).split('\n').filter((text) => text.startsWith('penguiflow_history_'));
      return Object.fromEntries(lines.map((text) => text.split(' ') as [string, string]));
    };
    expect(new Set(Object.values(await read()))).to.deep.equal(new Set(['0']));
    const store = memoryStore();
    const away = new Proxy(store, {
      get: (target, name: keyof typeof store) =>
        name === 'open' ? () => Promise.reject(new Error('away')) : (target[name] as unknown as () => unknown),
    });
    const history = new FlowHistory(away, { bufferRows: 32 });
    const observed = metrics.observeHistory(history);
    const flow = await bench.run(line(pass('One'), pass('Two')), { history });
    for (let n = 0; n < 20; n++) await flow.call(n);
    const seen = await read();
    expect(seen).to.deep.include({
      penguiflow_history_left_out_rows_total: '0',
      penguiflow_history_rejected_rows_total: '0',
      penguiflow_history_degraded: '1',
    });
    expect(Number(seen['penguiflow_history_shed_traces_total'])).to.be.within(10, 15);
    expect(Number(seen['penguiflow_history_waiting_rows'])).to.be.within(16, 20);
    observed.dispose();
    // Let go of: what it has counted stays.
    expect(await read()).to.deep.equal({
      ...seen,
      penguiflow_history_waiting_rows: '0',
      penguiflow_history_degraded: '0',
    });
  });
});
