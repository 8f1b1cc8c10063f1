import { expect } from 'chai';
import { FlowHistory, postgresStore } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { describeWithTool } from '../support/needs-tool.js';
import { failing, line, pass } from '../support/nodes.js';
import { codeOf } from '../support/settling.js';
import { ADDRESS, dropSchema, newSchema, POSTGRES } from './postgres/support/postgres-target.js';

describeWithTool(POSTGRES, 'a history on Postgres', function () {
  this.timeout(30_000);
  const bench = useFlows();

  it('H8 H12 is shared by two processes, and one does again what failed in the other', async () => {
    const schema = newSchema();
    const historyOf = (): FlowHistory => new FlowHistory(postgresStore({ url: ADDRESS.href, schema }));
    const [first, second] = [historyOf(), historyOf()];
    const flow = await bench.run(line(pass('Price'), failing('Charge')), { history: first });
    expect(await codeOf(flow.call({ order: 4711 }, { labels: { order: '4711' }, tenant: 'acme' }))).to.equal(
      'NODE_EXCEPTION',
    );
    await flow.stop();
    await first.flush();
    const fixed = bench.make(line(pass('Price'), pass('Charge')), { history: second, name: flow.name });
    await fixed.run();
    const { runs } = await second.list({ status: 'failed', label: { name: 'order', value: '4711' } });
    const { status, runs: again } = await second.replay({ runId: runs[0]?.runId as number });
    expect([status, again[0]?.results]).to.deep.equal(['succeeded', [{ order: 4711 }]]);
    await fixed.stop();
    const kept = await first.list({ tenant: 'acme', count: true });
    expect(kept.runs.map(({ kind }) => kind)).to.deep.equal(['replay', 'call']);
    await Promise.all([first.close(), second.close()]);
    await dropSchema(schema);
  });
});
