import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { Gauge, register, Registry } from 'prom-client';
import {
  CLOCK,
  configureLogging,
  createFlow,
  Flow,
  getLogger,
  Node,
  shutdownLogging,
  start,
  type FlowError,
  type FlowNode,
  type NodeContext,
  type PenguiFlow,
} from '#src/index.js';
import { FlowMetrics, LATENCY_OUTCOMES, METRICS, PromBackend } from '#src/metrics/index.js';
import { ManualClock } from '#src/testing/index.js';
import { thrownBy } from '../support/thrown-by.js';
import { seriesOf } from './support/series-of.js';
import { Storm } from './support/storm.js';

/** Lets a test hold the node that waits for it. */
class Gate {
  open: () => void = () => {};
  entered: () => void = () => {};
  waits: Promise<void> = Promise.resolve();
  isEntered: Promise<void> = Promise.resolve();
  close(): void {
    this.open();
    this.waits = new Promise((resolve) => {
      this.open = resolve;
    });
    this.isEntered = new Promise((resolve) => {
      this.entered = resolve;
    });
  }
}

@Node({ maxRetries: 1, backoffBaseS: 0 })
class Take implements FlowNode<string, string> {
  process(text: string, ctx: NodeContext): string {
    if (text === 'fails' || (text === 'once' && ctx.attempt === 0)) throw new TypeError(`no ${randomUUID()}`);
    return text;
  }
}
@Node({ timeoutS: 5 })
class Work implements FlowNode<string, string> {
  constructor(private readonly gate: Gate) {}
  async process(text: string): Promise<string> {
    this.gate.entered();
    await this.gate.waits;
    return text;
  }
}
@Flow({ queueMaxsize: 4 })
class Orders {
  readonly graph = start(Take).to(Work);
}

@Node()
class Asks implements FlowNode<string, string> {
  process(text: string, ctx: NodeContext): Promise<string> {
    return ctx.call(Storm, text);
  }
}
@Flow({ queueMaxsize: 0 })
class Callers {
  readonly graph = start(Asks);
}

describe('FlowMetrics', () => {
  let gate: Gate;
  let clock: ManualClock;
  let metrics: FlowMetrics;
  let flow: PenguiFlow<string, string>;

  beforeEach(() => {
    gate = new Gate();
    clock = new ManualClock();
    metrics = new FlowMetrics({ tenants: ['acme'] });
    flow = orders();
  });
  afterEach(async () => {
    gate.open();
    await flow.stop();
  });

  function orders(): PenguiFlow<string, string> {
    return createFlow(Orders, {
      providers: [
        { token: Gate, useValue: gate },
        { token: CLOCK, useValue: clock },
      ],
    });
  }

  const scrape = (from = metrics): Promise<Record<string, number>> => seriesOf(from);

  it('counts events by flow, node, type and tenant', async () => {
    metrics.observe(flow);
    await flow.run();
    await flow.call('a', { tenant: 'acme' });
    await flow.call('a', { tenant: 'zed' });
    await flow.call('fails').catch(() => {});
    expect(await scrape()).to.include({
      'penguiflow_node_events_total{flow_name="Orders",node_name="Take",event_type="node_success",tenant="acme"}': 1,
      'penguiflow_node_events_total{flow_name="Orders",node_name="Take",event_type="node_success",tenant="other"}': 1,
      'penguiflow_node_events_total{flow_name="Orders",node_name="Take",event_type="node_error",tenant="other"}': 2,
      'penguiflow_node_events_total{flow_name="Orders",node_name="Take",event_type="node_failed",tenant="other"}': 1,
    });
    expect(Object.keys(await scrape()).join()).not.to.contain('node_start');
  });

  it('observes latencies in seconds, by outcome', async () => {
    gate.close();
    metrics.observe(flow);
    await flow.run();
    const call = flow.call('a');
    await gate.isEntered;
    await clock.advance(300);
    gate.open();
    await call;
    const series = await scrape();
    const work = 'flow_name="Orders",node_name="Work",outcome="success"';
    expect(series[`penguiflow_node_latency_seconds_sum{${work}}`]).to.be.closeTo(0.3, 1e-9);
    expect(series[`penguiflow_node_latency_seconds_bucket{le="0.25",${work}}`]).to.equal(0);
    expect(series[`penguiflow_node_latency_seconds_bucket{le="0.5",${work}}`]).to.equal(1);
  });

  it('R31 observes how long runs took, by how they ended', async () => {
    metrics.observe(flow);
    await flow.run();
    gate.close();
    const call = flow.call('a');
    await gate.isEntered;
    await clock.advance(300);
    gate.open();
    await call;
    gate.close();
    const cancelled = flow.call('b', { traceId: 'b' }).catch(() => {});
    flow.cancel('b');
    await cancelled;
    const series = await scrape();
    const name = 'penguiflow_flow_trace_latency_seconds';
    expect(series[`${name}_sum{flow_name="Orders",status="succeeded"}`]).to.be.closeTo(0.3, 1e-9);
    expect(series[`${name}_count{flow_name="Orders",status="succeeded"}`]).to.equal(1);
    expect(series[`${name}_count{flow_name="Orders",status="cancelled"}`]).to.equal(1);
  });

  it('reads depths, capacity, in-flight attempts and active traces from the flow at each scrape', async () => {
    gate.close();
    metrics.observe(flow);
    await flow.run();
    await flow.emit('a');
    await gate.isEntered;
    for (let n = 0; n < 3; n++) await flow.emit('b');
    const held = await scrape();
    expect(held).to.include({
      'penguiflow_node_queue_depth_in{flow_name="Orders",node_name="Work"}': 3,
      'penguiflow_node_queue_depth_out{flow_name="Orders",node_name="Take"}': 3,
      'penguiflow_node_queue_depth_out{flow_name="Orders",node_name="Work"}': 0,
      'penguiflow_node_queue_capacity{flow_name="Orders",node_name="Work"}': 4,
      'penguiflow_node_waiting_for_room{flow_name="Orders",node_name="Work"}': 0,
      'penguiflow_node_inflight_attempts{flow_name="Orders",node_name="Work"}': 1,
      'penguiflow_flow_active_traces{flow_name="Orders"}': 4,
    });
    gate.open();
    for (let n = 0; n < 4; n++) await flow.fetch();
    expect(await scrape()).to.include({
      'penguiflow_node_queue_depth_in{flow_name="Orders",node_name="Work"}': 0,
      'penguiflow_node_inflight_attempts{flow_name="Orders",node_name="Work"}': 0,
      'penguiflow_flow_active_traces{flow_name="Orders"}': 0,
    });
  });

  it('R33 reads the ages of the oldest attempt and queued message, the largest of all flows of a name', async () => {
    const second = orders();
    metrics.observe(flow);
    metrics.observe(second);
    await flow.run();
    await second.run();
    const attempt = 'penguiflow_node_oldest_attempt_age_seconds{flow_name="Orders",node_name="Work"}';
    const queued = 'penguiflow_node_oldest_queued_age_seconds{flow_name="Orders",node_name="Work"}';
    expect(await scrape()).to.include({ [attempt]: 0, [queued]: 0 });
    gate.close();
    for (const each of [flow, second]) {
      await each.emit('a');
      await gate.isEntered;
      await each.emit('b');
      await clock.advance(1_500);
    }
    const series = await scrape();
    expect(series[attempt]).to.equal(3);
    expect(series[queued]).to.be.within(2, 3);
    gate.open();
    await second.stop();
  });

  it('counts retries, timeouts, deadline skips, cancellations and how messages ended', async () => {
    metrics.observe(flow);
    await flow.run();
    await flow.call('once');
    gate.close();
    const late = flow.call('a').catch((error: unknown) => (error as FlowError).code);
    await gate.isEntered;
    await clock.advance(5000);
    expect(await late).to.equal('NODE_TIMEOUT');
    gate.close();
    const traceId = await flow.emit('a');
    await gate.isEntered;
    await flow.emit('b', { timeoutS: 1 });
    await clock.advance(1000);
    flow.cancel(traceId);
    expect(await scrape()).to.include({
      'penguiflow_node_retries_total{flow_name="Orders",node_name="Take"}': 1,
      'penguiflow_node_timeouts_total{flow_name="Orders",node_name="Work"}': 1,
      'penguiflow_node_deadline_skips_total{flow_name="Orders",node_name="Work"}': 1,
      'penguiflow_node_cancellations_total{flow_name="Orders",node_name="Work"}': 1,
      'penguiflow_node_messages_total{flow_name="Orders",node_name="Work",outcome="failed"}': 1,
      'penguiflow_node_messages_total{flow_name="Orders",node_name="Take",outcome="succeeded"}': 4,
      'penguiflow_flow_unclaimed_failures_total{flow_name="Orders"}': 1,
      'penguiflow_flow_traces_total{flow_name="Orders"}': 4,
      'penguiflow_flow_trace_cancellations_total{flow_name="Orders"}': 1,
    });
  });

  it('keeps the counters of a flow that has stopped, and lets go of its depths', async () => {
    const second = orders();
    metrics.observe(flow);
    metrics.observe(second);
    await flow.run();
    await second.run();
    await flow.call('a');
    await second.call('a');
    const counter = 'penguiflow_node_messages_total{flow_name="Orders",node_name="Work",outcome="succeeded"}';
    expect((await scrape())[counter]).to.equal(2);
    await flow.stop();
    expect((await scrape())[counter]).to.equal(2);
    await second.stop();
    const series = await scrape();
    expect(series[counter]).to.equal(2);
    expect(Object.keys(series).join()).not.to.contain('queue_depth');
  });

  it('is taken off again, and counts nothing twice', async () => {
    const listed = createFlow(Orders, {
      providers: [{ token: Gate, useValue: gate }],
      middlewares: [metrics],
    });
    const watching = metrics.observe(listed);
    metrics.observe(listed);
    await listed.run();
    await listed.call('a');
    const events =
      'penguiflow_node_events_total{flow_name="Orders",node_name="Take",event_type="node_success",tenant="other"}';
    expect((await scrape())[events]).to.equal(1);
    watching.dispose();
    watching.dispose();
    expect(Object.keys(await scrape()).join()).not.to.contain('active_traces');
    await listed.stop();
  });

  it('serves several flows, their playbooks among them, from one registry', async () => {
    const callers = createFlow(Callers);
    metrics.observe(flow);
    metrics.observe(callers);
    await flow.run();
    await callers.run();
    await flow.call('a');
    await callers.call('b');
    const series = await scrape();
    for (const [flowName, nodeName] of [
      ['Orders', 'Take'],
      ['Callers', 'Asks'],
      ['Storm', 'Boom'],
    ]) {
      const labels = `flow_name="${flowName}",node_name="${nodeName}"`;
      expect(series[`penguiflow_node_messages_total{${labels},outcome="succeeded"}`], nodeName).to.equal(1);
      expect(series[`penguiflow_node_latency_seconds_count{${labels},outcome="success"}`], nodeName).to.equal(1);
    }
    expect(series).not.to.have.property('penguiflow_node_queue_capacity{flow_name="Callers",node_name="Asks"}');
    await callers.stop();
    const after = 'penguiflow_node_messages_total{flow_name="Storm",node_name="Boom",outcome="succeeded"}';
    expect((await scrape())[after]).to.equal(1);
  });

  it('counts lines that the log has lost', async () => {
    let release = (): void => {};
    let isFree = false;
    const destination = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        if (isFree) done();
        else release = done;
      },
    });
    configureLogging({ destination, bufferChars: 500 });
    for (let n = 0; n < 20; n++) getLogger().info('x'.repeat(100));
    expect((await scrape())['penguiflow_log_lines_dropped_total']).to.be.greaterThan(10);
    isFree = true;
    release();
    await shutdownLogging();
    const series = await scrape();
    expect(
      series['penguiflow_log_lines_written_total']! + series['penguiflow_log_lines_dropped_total']!,
    ).to.be.at.least(20);
  });

  it('follows the naming conventions of Prometheus', async () => {
    const units =
      /_(total|seconds|depth_in|depth_out|capacity|for_room|attempts|traces|results|joins|state|rows|degraded|messages|dead_letters)$/;
    for (const { name, help, labels } of Object.values(METRICS)) {
      expect(name)
        .to.match(/^penguiflow_[a-z_]+$/)
        .and.to.match(units);
      expect(help).to.match(/\.$/);
      for (const label of labels)
        expect(label).to.match(/^(flow_name|node_name|event_type|outcome|status|tenant|dependency|state|queue)$/);
    }
    metrics.observe(flow);
    await flow.run();
    await flow.call('a');
    const text = await metrics.text();
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    expect([...types.keys()]).to.have.members(Object.values(METRICS).map(({ name }) => name));
    for (const [name, type] of types)
      expect(name!.endsWith('_total'), `${name} is a ${type}`).to.equal(type === 'counter');
    for (const [, outcome] of text.matchAll(/latency_seconds_count\{.*outcome="(.*)"\}/g))
      expect(LATENCY_OUTCOMES).to.include(outcome);
  });

  it('takes any registry, and refuses one that has its metrics already', () => {
    const registry = new Registry();
    const mine = new FlowMetrics({ registry });
    expect(mine).to.be.instanceOf(FlowMetrics);
    expect(registry.getSingleMetric(METRICS.events.name)).not.to.equal(undefined);
    const error = thrownBy(() => new FlowMetrics({ registry }));
    expect(error.code).to.equal('INVALID_OPTION');
    expect(error.hint).to.contain('observe');
    const usesDefault = new FlowMetrics({ registry: register });
    expect(usesDefault.subscription().name).to.equal('FlowMetrics');
    expect(register.getSingleMetric(METRICS.events.name)).not.to.equal(undefined);
    register.clear();
  });

  it('one that is refused leaves nothing in the registry, whichever metric is in the way', () => {
    for (const { name, help } of Object.values(METRICS)) {
      const registry = new Registry();
      const theirs = new Gauge({ name, help, registers: [registry] });
      const error = thrownBy(() => new FlowMetrics({ registry }));
      expect(error.message).to.contain(name);
      expect(registry.getMetricsAsArray()).to.have.length(1);
      expect(registry.getSingleMetric(name)).to.equal(theirs);
      registry.clear();
      expect(new FlowMetrics({ registry })).to.be.instanceOf(FlowMetrics);
    }
  });

  it('refuses options that are wrong', () => {
    for (const options of [
      { nope: 1 },
      { registry: {} },
      { backend: {} },
      { registry: new Registry(), backend: new PromBackend() },
      { tenants: [1] },
      { tenants: Array.from({ length: 101 }, String) },
      { buckets: [2, 1] },
      { buckets: [0] },
      { eventTypes: ['node_started'] },
    ])
      expect(thrownBy(() => new FlowMetrics(options as never)).code, JSON.stringify(options)).to.equal(
        'INVALID_OPTION',
      );
  });

  describe('handler()', () => {
    async function ask(method: string, handled = metrics): Promise<Response> {
      const server = createServer(handled.handler()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`, { method });
        // The body must be read before the server goes.
        return new Response(response.status === 200 && method === 'GET' ? await response.text() : null, response);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    }

    it('answers GET with the text format and HEAD with its headers', async () => {
      const response = await ask('GET');
      expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(await response.text()).to.contain('# TYPE penguiflow_node_events_total counter');
      const head = await ask('HEAD');
      expect([head.status, await head.text()]).to.deep.equal([200, '']);
    });

    it('refuses other methods', async () => {
      const response = await ask('POST');
      expect([response.status, response.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    });

    it('does not tell whoever scrapes what went wrong', async () => {
      class Broken extends PromBackend {
        override expose(): Promise<never> {
          return Promise.reject(new TypeError('secret'));
        }
      }
      expect((await ask('GET', new FlowMetrics({ backend: new Broken() }))).status).to.equal(500);
    });
  });
});
