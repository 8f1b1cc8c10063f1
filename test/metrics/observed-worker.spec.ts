import { expect } from 'chai';
import { Registry } from 'prom-client';
import { FlowMetrics } from '#src/metrics/index.js';
import { connected, disconnected } from '../distributed/support/connected.js';
import { useRigs } from '../distributed/worker/rig.js';
import { failing, held, line, pass } from '../support/nodes.js';

describe('metrics of a worker', () => {
  const rigFor = useRigs();
  const read = async (metrics: FlowMetrics): Promise<Readonly<Record<string, number>>> => {
    const lines = (await metrics.text()).split('\n').filter((text) => text.startsWith('penguiflow_'));
    return Object.fromEntries(
      lines.map((text) => {
        const at = text.lastIndexOf(' ');
        return [text.slice(0, at).replaceAll(/flow_name="[^"]*",?/g, ''), Number(text.slice(at + 1))] as const;
      }),
    );
  };

  it('D29 counts parts beside runs, which are counted once, by who began them', async () => {
    const [a, b] = [pass('A'), failing('B')];
    const rig = await rigFor(line(a, b), { groups: { io: [a], cpu: [b] } });
    const [ofWorkers, ofClient] = [0, 0].map(() => new FlowMetrics({ registry: new Registry() })) as [
      FlowMetrics,
      FlowMetrics,
    ];
    for (const group of ['io', 'cpu']) ofWorkers.observeWorker(await rig.serve([group]));
    const client = await connected(rig);
    client.use(ofClient);
    await client.emit(1);
    await rig.turn();
    expect(await read(ofWorkers)).to.include({
      'penguiflow_parts_latency_seconds_count{status="succeeded"}': 1,
      'penguiflow_parts_latency_seconds_count{status="failed"}': 1,
      'penguiflow_parts_published_messages_total{node_name="A"}': 1,
      'penguiflow_parts_dead_letters_total{node_name="B"}': 1,
      'penguiflow_node_messages_total{node_name="A",outcome="succeeded"}': 1,
      'penguiflow_carrier_state{state="up"}': 1,
      'penguiflow_carrier_state{state="down"}': 0,
    });
    const names = Object.keys(await read(ofWorkers)).join('\n');
    expect(names).not.to.match(/flow_trace_latency_seconds|flow_traces_total|flow_active_traces|flow_unclaimed/);
    expect(names).not.to.match(/event_type="(message_|dead_letter|part_|lease_lost)/);
    const seen = await read(ofClient);
    expect(seen['penguiflow_flow_trace_latency_seconds_count{status="failed"}']).to.equal(1);
    expect(Object.keys(seen).join('\n')).not.to.contain('parts_latency_seconds_count');
    await disconnected(rig, client);
  });

  it('D29 counts what came again, what was dropped and what was lost', async () => {
    const b = held('B');
    const rig = await rigFor(line(b.node));
    const metrics = new FlowMetrics({ registry: new Registry() });
    const first = await rig.serve();
    metrics.observeWorker(first);
    rig.send('B', 1);
    rig.send('B', 2, { deadlineMs: rig.session.now() - 1 });
    await rig.turn();
    metrics.observeWorker(await rig.serve());
    rig.carrier.faults.freeze(rig.sessionOf(first));
    await rig.clock.advance(60_000);
    await rig.turn();
    rig.carrier.faults.thaw(rig.sessionOf(first));
    await rig.turn();
    expect(await read(metrics)).to.include({
      'penguiflow_parts_dropped_messages_total{node_name="B"}': 1,
      'penguiflow_parts_redelivered_total{node_name="B"}': 1,
      'penguiflow_parts_leases_lost_total{node_name="B"}': 1,
    });
    for (const { payload, resolve } of b.calls) resolve(payload);
    await rig.turn();
  });

  it('D34 asks what the queues hold when somebody scrapes, and has no figures of them while the engine is away', async () => {
    const b = held('B', { concurrency: 1 });
    const rig = await rigFor(line(b.node));
    const metrics = new FlowMetrics({ registry: new Registry() });
    const worker = await rig.serve();
    const observed = metrics.observeWorker(worker);
    for (let n = 0; n < 5; n++) rig.send('B', n);
    await rig.turn();
    await rig.clock.advance(7_000);
    const [lag] = await worker.lag();
    expect(await read(metrics)).to.include({
      'penguiflow_queue_pending_messages{queue="B"}': lag!.pending,
      'penguiflow_queue_unacked_messages{queue="B"}': lag!.unacked,
      'penguiflow_queue_oldest_message_age_seconds{queue="B"}': 7,
      'penguiflow_queue_dead_letters{queue="B"}': 0,
    });
    expect(lag!.pending + lag!.unacked).to.equal(5);
    rig.carrier.faults.become('down');
    await rig.turn();
    const away = await read(metrics);
    expect(Object.keys(away).join('\n')).not.to.contain('penguiflow_queue_');
    expect(away).to.include({ 'penguiflow_carrier_state{state="down"}': 1, 'penguiflow_carrier_state{state="up"}': 0 });
    rig.carrier.faults.become('up');
    await rig.turn();
    expect((await read(metrics))['penguiflow_queue_oldest_message_age_seconds{queue="B"}']).to.be.at.least(7);
    observed.dispose();
    expect(Object.keys(await read(metrics)).join('\n')).not.to.match(/penguiflow_(queue|carrier)_/);
    for (const { payload, resolve } of b.calls) resolve(payload);
    await rig.turn();
  });
});
