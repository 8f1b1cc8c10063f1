import { expect } from 'chai';
import { CLOCK, FlowLogger, type FlowEvent } from '#src/index.js';
import { connectFlow } from '#src/distributed/index.js';
import { line, node, pass } from '../support/nodes.js';
import { useLogging } from '../support/use-logging.js';
import { disconnected } from './support/connected.js';
import { useRigs } from './worker/rig.js';

describe('lines of a flow in several processes', () => {
  const rigFor = useRigs();
  const caught = useLogging({ level: 'debug' });

  it('D29 R25 R35 has one line for each event of a call, with its trace, its root and where it happened, and loses none', async () => {
    const [a, b] = [
      pass('A'),
      node('B', (payload, ctx) => {
        ctx.logger.info('scored');
        return payload;
      }),
    ];
    const rig = await rigFor(line(a, b), { groups: { io: [a], cpu: [b] } });
    const services = { providers: [{ token: CLOCK, useValue: rig.clock }], middlewares: [FlowLogger] };
    await rig.serve(['io'], services as never);
    await rig.serve(['cpu'], services as never);
    const client = await connectFlow(
      rig.flowClass as never,
      {
        ...services,
        carrier: rig.carrier,
        clientId: 'client',
      } as never,
    );
    const events: FlowEvent[] = [];
    client.on('*', (event) => void events.push(event));
    const answer = client.call('x' as never, { tenant: 'acme' });
    await rig.turn();
    expect(await answer).to.equal('x');
    events.push(...rig.events);
    const lines = caught.json;
    const story = (facts: Readonly<Record<string, unknown>>): string =>
      ['event', 'node_name', 'worker_id', 'attempt', 'run_id']
        .map((key) => `${key}=${JSON.stringify(facts[key] ?? '')}`)
        .join(' ');
    const told = lines.filter(({ event }) => event !== undefined);
    expect(told.map(story)).to.have.members(
      events.map((event) => story({ ...event.toPayload(), event: event.eventType })),
    );
    expect(told).to.have.length(events.length);
    expect(events.map(({ eventType }) => eventType)).to.have.members([
      ...['trace_start', 'trace_end', 'message_published'],
      ...['part_start', 'node_start', 'node_success', 'part_end'],
      ...['part_start', 'node_start', 'node_success', 'part_end'],
    ]);
    const { traceId } = events[0]!;
    const roots = new Set(lines.map(({ root }) => root));
    expect(roots.size).to.equal(1);
    expect([...roots][0]).to.match(/^client-/);
    for (const one of lines) expect(one).to.include({ trace_id: traceId, tenant: 'acme' });
    const ofClient = lines.filter(({ event }) => event === 'trace_start' || event === 'trace_end');
    for (const one of ofClient) expect(one).not.to.have.any.keys('worker_id', 'redelivered');
    const ofParts = lines.filter((one) => !ofClient.includes(one));
    for (const one of ofParts) {
      const where = one['node_name'] === 'B' ? 'w2' : 'w1';
      if (one['node_name'] === null || one['node_name'] === undefined)
        expect(one['worker_id']).to.be.oneOf(['w1', 'w2']);
      else expect(one).to.include({ worker_id: where });
      if (one['event'] !== 'message_published') expect(one).to.include({ redelivered: false });
    }
    expect(lines.find(({ message }) => message === 'scored')).to.include({ worker_id: 'w2', node_name: 'B' });
    await disconnected(rig, client as never);
  });
});
