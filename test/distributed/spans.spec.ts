import { expect } from 'chai';
import { OtelTracer, otelTracing } from '#src/otel/index.js';
import { TRACER } from '#src/index.js';
import { decodeHead } from '#src/distributed/protocol/message-head.js';
import { OtelBench } from '../otel/support/otel-bench.js';
import type { ReceivedSpan } from '../otel/support/otlp-receiver.js';
import { held, line, pass } from '../support/nodes.js';
import { connected, disconnected, servicesOf } from './support/connected.js';
import { useRigs } from './worker/rig.js';

describe('spans of a flow in several processes', () => {
  const rigFor = useRigs();
  const bench = new OtelBench();
  before(() => bench.start());
  after(() => bench.stop());

  it('D29 makes one trace of a call: what its client sends, parts and attempts, also of a message that comes again', async () => {
    const [a, b] = [pass('A'), held('B')];
    const rig = await rigFor(line(a, b.node), { groups: { io: [a], cpu: [b.node] } });
    const providers = servicesOf(rig, [otelTracing()]) as never;
    await rig.serve(['io'], { providers });
    const doomed = await rig.serve(['cpu'], { providers });
    const client = await connected(rig, { providers: [{ token: TRACER, useValue: new OtelTracer() }] });
    const answer = client.call('x', { timeoutS: 600 });
    await rig.turn();
    rig.kill(doomed);
    await rig.serve(['cpu'], { providers });
    await rig.clock.advance(60_000);
    await rig.turn();
    for (const { payload, resolve } of b.calls) resolve(payload);
    await rig.turn();
    expect(await answer).to.equal('x');
    await disconnected(rig, client);

    const spans = await bench.received();
    expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(1);
    const kindOf = (span: ReceivedSpan): string => `${span.name} ${String(span.attributes['penguiflow.run.kind'])}`;
    const root = spans.find(({ parentSpanId }) => (parentSpanId ?? '') === '')!;
    expect(kindOf(root)).to.equal(`flow ${client.name} call`);
    const below = (parent: ReceivedSpan): ReceivedSpan[] =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
    const [io, ...noMore] = below(root);
    expect([kindOf(io!), noMore.length]).to.deep.equal([`flow ${client.name} part`, 0]);
    const [first] = below(io!);
    expect(first?.name).to.equal('node A');
    // The message that came again is one of the same sender.
    const parts = below(first!);
    expect(parts.map(kindOf)).to.deep.equal([`flow ${client.name} part`, `flow ${client.name} part`]);
    for (const part of parts) expect(below(part).map(({ name }) => name)).to.deep.equal(['node B']);
    expect(spans).to.have.length(7);
    expect(bench.open).to.deep.equal([]);
  });

  it('D29 sends nothing along without a tracer', async () => {
    const [a, b] = [pass('A'), pass('B')];
    const rig = await rigFor(line(a, b), { groups: { io: [a], cpu: [b] } });
    await rig.serve(['io']);
    const heads: string[] = [];
    rig.session.take('B', { free: 4, maxHoldS: 60 }, ({ head }) => void heads.push(head));
    const client = await connected(rig);
    await client.emit('x');
    await rig.turn();
    expect(heads).to.have.length(1);
    expect(decodeHead(heads[0]!)?.trace).to.deep.equal({});
    expect(heads[0]).not.to.contain('traceparent');
    await disconnected(rig, client);
  });
});
