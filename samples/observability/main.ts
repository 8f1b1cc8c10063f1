import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { configureLogging, createFlow, shutdownLogging } from 'penguiflow';
import { FlowMetrics } from 'penguiflow/metrics';
import { otelTracing } from 'penguiflow/otel';

import { LineSpanExporter } from './line-span-exporter.js';
import { Order, Orders } from './orders.js';

/** Sends one good and one bad order, then shows how the failure looks in the log, in the spans and in the metrics. */
async function main(): Promise<void> {
  configureLogging({ structured: true, destination: 'stdout' });
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new LineSpanExporter())] });
  provider.register();

  const metrics = new FlowMetrics({ tenants: ['acme'] });
  const flow = createFlow(Orders, { providers: [otelTracing()] });
  metrics.observe(flow);
  await flow.run();

  // On loopback: the endpoint knows no visitors and tells names and volumes.
  const server = createServer(metrics.handler()).listen(Number(process.env['METRICS_PORT'] ?? 0), '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;

  await flow.call(new Order('a-1', 499), { tenant: 'acme', traceId: 'order-a-1' });
  await flow.call(new Order('a-2', 99_900), { tenant: 'acme', traceId: 'order-a-2' }).catch(() => {});

  const scraped = (await (await fetch(url)).text()).split('\n');
  const wanted = /^penguiflow_node_(messages_total|retries_total|events_total.*node_failed).*Charge/;
  for (const line of scraped) if (wanted.test(line)) process.stdout.write(`${line}\n`);

  if (process.argv.includes('--serve')) {
    process.stderr.write(`metrics at ${url}; one order a second, every fourth fails; stop with Ctrl-C\n`);
    await keepOrdering(async (n) => {
      await flow.call(new Order(`s-${n}`, n % 4 === 0 ? 99_900 : 499), { tenant: 'acme' }).catch(() => {});
    });
  }
  server.close();
  server.closeAllConnections();
  await flow.stop();
  await provider.shutdown();
  await shutdownLogging();
}

/** Calls back once a second until somebody presses Ctrl-C. */
async function keepOrdering(order: (n: number) => Promise<void>): Promise<void> {
  let n = 0;
  const timer = setInterval(() => void order(n++), 1000);
  await once(process, 'SIGINT');
  clearInterval(timer);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${String(error)}\n`);
});
