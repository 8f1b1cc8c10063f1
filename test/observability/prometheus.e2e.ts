import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlowMetrics } from '#src/metrics/index.js';
import { describeWithTool } from '../support/needs-tool.js';
import { shortenedRules, textOf } from './support/observability-files.js';
import { PROMETHEUS, PrometheusProcess } from './support/prometheus-process.js';
import { TroubledFlow } from './support/troubled-flow.js';

const RULES = 'observability/prometheus/rules.yml';

/** Alerts of flows in several processes, which this flow is none of: promtool plays them (`rules.spec.ts`). */
const OF_CARRIERS: ReadonlySet<string> = new Set([
  'PenguiFlowCarrierDown',
  'PenguiFlowClockSkew',
  'PenguiFlowDeadLetters',
  'PenguiFlowLeasesLost',
  'PenguiFlowQueueGrowsOld',
  'PenguiFlowRedeliveries',
]);

describeWithTool(PROMETHEUS, 'a real Prometheus that scrapes a real flow', function () {
  this.timeout(40_000);
  const troubled = new TroubledFlow();
  let server: Server;
  let prometheus: PrometheusProcess | undefined;

  before(async () => {
    const metrics = new FlowMetrics();
    metrics.observe(troubled.flow);
    metrics.observeHistory(troubled.history);
    await troubled.start();
    server = createServer(metrics.handler()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await PrometheusProcess.start(target, shortenedRules(textOf(RULES)));
  });

  after(async () => {
    await prometheus?.stop();
    server.close();
    server.closeAllConnections();
    await troubled.stop();
  });

  it('sees every alert of one process fire, and clear when the trouble is over', async () => {
    const all = [...textOf(RULES).matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
    const alerts = all.filter((name) => !OF_CARRIERS.has(name));
    const seen = new Set<string>();
    await prometheus!.until('the flow is scraped', async () => (await prometheus!.query('up')) === 1);
    await prometheus!.until(
      'there is traffic',
      async () => ((await prometheus!.query('sum(penguiflow:node_attempts:rate5m)')) ?? 0) > 0,
    );
    expect([...(await prometheus!.firing())]).to.deep.equal([]);
    troubled.begin();
    await prometheus!.until('every alert has fired', async () => {
      for (const name of await prometheus!.firing()) seen.add(name);
      return alerts.every((name) => seen.has(name));
    });
    troubled.end();
    await prometheus!.until('every alert has cleared', async () => (await prometheus!.firing()).size === 0);
    expect([...seen]).to.have.members(alerts);
  });
});
