import { expect } from 'chai';
import { IsInt } from 'class-validator';
import { Flow, start, type FlowEvent, type NodeContext } from '#src/index.js';
import { recordAll, recordRuns, useFlows, type TestFlow } from '../support/flows.js';
import { failing, line, node, pass } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';

class Order {
  @IsInt()
  amount!: number;
}

/** What an event tells, without its numbers. */
function told({ eventType, extra }: FlowEvent): string {
  const { kind, status } = extra as { readonly kind?: string; readonly status?: string };
  return [eventType, kind, status].filter((part) => part !== undefined).join(' ');
}

describe('the beginning and the end of a run', () => {
  const bench = useFlows();

  const sink = node('Sink', () => undefined);
  const hangs = node('Hangs', (_: unknown, ctx: NodeContext) => ctx.sleep(3_600));

  /** What is told of the only run of a flow. */
  async function endOf(flow: TestFlow, act: () => unknown): Promise<FlowEvent> {
    const runs = recordRuns(flow);
    await act();
    await settle();
    expect(runs.map(({ eventType }) => eventType)).to.deep.equal(['trace_start', 'trace_end']);
    expect(runs[0]?.runId).to.equal(runs[1]?.runId);
    return runs[1] as FlowEvent;
  }

  it('R31 are told once each of emit, call, stream and collect', async () => {
    const flow = await bench.run(line(pass('A')));
    const runs = recordRuns(flow);
    await flow.emit(1, { tenant: 'acme', traceId: 't' });
    await flow.fetch({ traceId: 't', tenant: 'acme' });
    await flow.call(2);
    for await (const _ of flow.stream(3));
    await flow.collect(4);
    flow.tryEmit(5);
    await flow.fetch();
    expect(runs.map(told)).to.deep.equal(
      ['emit', 'call', 'stream', 'collect', 'emit'].flatMap((kind) => [
        `trace_start ${kind}`,
        `trace_end ${kind} succeeded`,
      ]),
    );
    expect(runs[0]).to.include({ traceId: 't', tenant: 'acme', nodeName: null, latencyMs: null });
    expect(new Set(runs.map(({ runId }) => runId)).size).to.equal(5);
  });

  it('R31 an emit that joins has neither, a false tryEmit and an option that is wrong begin no run', async () => {
    const flow = await bench.run(line(hangs), { queueMaxsize: 1 });
    const runs = recordRuns(flow);
    await flow.emit(1, { traceId: 't', join: true });
    await flow.emit(2, { traceId: 't', join: true });
    expect(flow.tryEmit(3)).to.equal(false);
    await failureOf(flow.emit(4, { timeoutS: -1 }));
    expect(runs.map(told)).to.deep.equal(['trace_start emit']);
    await flow.stop();
    await failureOf(flow.emit(5));
    expect(runs.map(told)).to.deep.equal(['trace_start emit', 'trace_end emit stopped']);
    expect(runs[1]?.extra).to.include({ messages: 1, dropped: 2 });
  });

  it('R31 begins when its arguments were accepted, before a wait for room', async () => {
    const flow = await bench.run(line(hangs), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const runs = recordRuns(flow);
    const waiting = failureOf(flow.emit(3, { timeoutS: 5 }));
    expect(runs.map(told)).to.deep.equal(['trace_start emit']);
    expect(runs[0]?.extra['deadline_s']).to.equal((bench.clock.now() + 5_000) / 1000);
    await bench.clock.advance(5_100);
    expect((await waiting).code).to.equal('DEADLINE_EXCEEDED');
    expect(runs.map(told)).to.deep.equal(['trace_start emit', 'trace_end emit deadline']);
  });

  it('R31 counts messages, attempts, retries and results', async () => {
    const B = failing('B', { times: 2, maxRetries: 2, backoffBaseS: 0 });
    const fan = await bench.run(start(pass('A')).to(B, pass('C')));
    const end = await endOf(fan, () => fan.collect(1));
    expect(end.extra).to.deep.equal({
      status: 'succeeded',
      kind: 'collect',
      messages: 3,
      attempts: 5,
      retries: 2,
      results: 2,
      failures: 0,
      incomplete: 0,
    });
  });

  it('R31 a latency ends when the last message left its node, and results that wait are told apart', async () => {
    const slow = node('Slow', (payload: unknown, ctx: NodeContext) => ctx.sleep(2).then(() => payload));
    const flow = await bench.run(line(slow));
    const end = await endOf(flow, async () => {
      await flow.emit(1);
      await bench.clock.advance(2_000);
      await bench.clock.advance(3_000);
      await flow.fetch();
    });
    expect(end.latencyMs).to.equal(2_000);
    expect(end.extra['untaken_ms']).to.equal(3_000);
    const nobody = await bench.run(line(slow, sink));
    const other = await endOf(nobody, async () => {
      await nobody.emit(1);
      await bench.clock.advance(2_000);
    });
    expect(other.latencyMs).to.equal(2_000);
    expect(other.extra).not.to.have.property('untaken_ms');
  });

  it('R31 results that are fetched one after the other wait from the moment when the last node was done', async () => {
    const both = node('Both', async (payload: unknown, ctx: NodeContext) => {
      await ctx.emit(payload);
      await ctx.emit(payload);
    });
    const flow = await bench.run(line(both));
    const end = await endOf(flow, async () => {
      await flow.emit(1);
      await bench.clock.advance(1_000);
      await flow.fetch();
      await bench.clock.advance(2_000);
      await flow.fetch();
    });
    expect(end.latencyMs).to.equal(0);
    expect(end.extra['untaken_ms']).to.equal(3_000);
  });

  it('R31 a failure is told with its code, its node and what was thrown', async () => {
    const flow = await bench.run(line(pass('A'), failing('B', { maxRetries: 1, backoffBaseS: 0 })));
    const end = await endOf(flow, () => failureOf(flow.call(1)));
    expect(end.extra).to.include({ status: 'failed', failures: 1, attempts: 3, retries: 1, error_node: 'B' });
    expect(end.extra).to.include({ error_code: 'NODE_EXCEPTION' });
    expect(end.extra['exception']).to.match(/^\w*Error: /);
    expect(end.error).to.equal(undefined);
  });

  it('R31 a failure after the answer does not make a call fail', async () => {
    const late = node('Late', async (_: unknown, ctx: NodeContext) => {
      await ctx.sleep(1);
      throw new Error('too late');
    });
    const flow = await bench.run(start(pass('A')).to(pass('B'), late));
    const end = await endOf(flow, async () => {
      await flow.call(1);
      await bench.clock.advance(1_000);
    });
    expect(end.extra).to.include({ status: 'succeeded', failures: 1, error_node: 'Late' });
    const emitted = await endOf(flow, async () => {
      await flow.emit(1);
      await flow.fetch();
      await bench.clock.advance(1_000);
    });
    expect(emitted.extra).to.include({ status: 'failed', failures: 1 });
  });

  it('R31 a call without a result has failed', async () => {
    const flow = await bench.run(line(sink));
    const end = await endOf(flow, () => failureOf(flow.call(1)));
    expect(end.extra).to.include({ status: 'failed', error_code: 'NO_RESULT', error_node: 'Sink' });
    const emitted = await bench.run(line(sink));
    expect((await endOf(emitted, () => emitted.emit(1))).extra).to.include({ status: 'succeeded', results: 0 });
  });

  it('R31 a cancel says why: cancel(), the signal, a stream that was left', async () => {
    const flow = await bench.run(line(hangs));
    const cancelled = await endOf(flow, async () => {
      const call = failureOf(flow.call(1, { traceId: 't' }));
      flow.cancel('t');
      await call;
    });
    expect(cancelled.extra).to.include({ status: 'cancelled', reason: 'cancel() was called', dropped: 1 });
    const aborted = await endOf(flow, async () => {
      const controller = new AbortController();
      const call = failureOf(flow.call(1, { signal: controller.signal }));
      controller.abort();
      await call;
    });
    expect(aborted.extra).to.include({ status: 'cancelled', reason: 'the signal of its caller aborted' });
    const left = await endOf(flow, async () => {
      const stream = flow.stream(1);
      const next = stream.next();
      await stream.return();
      await next;
    });
    expect(left.extra).to.include({ status: 'cancelled', reason: 'its stream was left' });
    const waits = await bench.run(line(hangs), { queueMaxsize: 1 });
    await waits.emit(1);
    await waits.emit(2);
    const abandoned = await endOf(waits, async () => {
      const controller = new AbortController();
      const emit = failureOf(waits.emit(3, { signal: controller.signal }));
      controller.abort();
      await emit;
    });
    expect(abandoned.extra).to.include({ status: 'cancelled', messages: 0, dropped: 1 });
  });

  it('R31 one whose time is up is late, be it called, emitted, running or queued', async () => {
    const flow = await bench.run(line(hangs));
    for (const begin of [
      () => failureOf(flow.call(1, { timeoutS: 1 })),
      () => failureOf(flow.collect(1, { timeoutS: 1 })),
      () => flow.emit(1, { timeoutS: 1 }),
    ]) {
      const end = await endOf(flow, async () => {
        const done = begin();
        await bench.clock.advance(1_100);
        await done;
      });
      expect(end.extra).to.include({ status: 'deadline', error_code: 'DEADLINE_EXCEEDED' });
    }
  });

  it('R31 invalid input at the ingress is a rejected run, and inside it is a failed one', async () => {
    const flow = await bench.run(line(node('In', (order: unknown) => order, { input: Order })));
    const end = await endOf(flow, () => failureOf(flow.call({ amount: 'x' })));
    expect(end.extra).to.include({ status: 'rejected', error_code: 'VALIDATION_FAILED', error_node: 'In' });
    const inside = await bench.run(
      line(
        pass('A'),
        node('In', (order: unknown) => order, { input: Order }),
      ),
    );
    expect((await endOf(inside, () => failureOf(inside.call({ amount: 'x' })))).extra).to.include({ status: 'failed' });
  });

  it('R31 a playbook has a run of its own, with the number of the run that calls it', async () => {
    @Flow({ name: 'inner-story' })
    class InnerFlow {
      readonly graph = line(pass('Inner'));
    }
    const flow = await bench.run(
      line(node('Outer', (payload: unknown, ctx: NodeContext) => ctx.call(InnerFlow as never, payload as never))),
    );
    const runs = recordRuns(flow);
    await flow.call(1);
    expect(runs.map((event) => `${event.flowName === 'inner-story' ? 'inner' : 'outer'} ${told(event)}`)).to.deep.equal(
      [
        'outer trace_start call',
        'inner trace_start playbook',
        'inner trace_end playbook succeeded',
        'outer trace_end call succeeded',
      ],
    );
    expect(runs[1]?.extra['parent_run']).to.equal(runs[0]?.runId);
    expect(runs[1]?.traceId).to.equal(runs[0]?.traceId);
    expect(runs[1]?.runId).not.to.equal(runs[0]?.runId);
  });

  it('R31 a listener of the beginning may cancel the run: it ends at once, and whoever waits hears so', async () => {
    const flow = await bench.run(line(pass('A')));
    const all = recordAll(flow);
    flow.on('trace_start', ({ traceId }) => {
      flow.cancel(traceId as string);
    });
    expect((await failureOf(flow.call(1))).code).to.equal('TRACE_CANCELLED');
    expect((await failureOf(flow.emit(1))).code).to.equal('TRACE_CANCELLED');
    expect((await failureOf(flow.collect(1))).code).to.equal('TRACE_CANCELLED');
    expect(flow.tryEmit(1)).to.equal(true);
    expect(all.filter(({ nodeName }) => nodeName === 'A')).to.deep.equal([]);
    expect(all.filter(({ eventType }) => eventType === 'trace_end')).to.have.length(4);
    expect(flow.snapshot().traces).to.equal(0);
    expect(await flow.stop({ drainS: 1 })).to.include({ drained: true });
  });

  it('R31 what began before anybody listened ends with a status and without numbers', async () => {
    const flow = await bench.run(line(hangs));
    const call = failureOf(flow.call(1, { traceId: 't' }));
    const runs = recordRuns(flow);
    flow.cancel('t');
    await call;
    expect(runs.map(({ extra, latencyMs }) => [extra, latencyMs])).to.deep.equal([
      [{ status: 'cancelled', reason: 'cancel() was called', dropped: 1 }, null],
    ]);
  });

  it('R20 R31 every event of a run bears its number', async () => {
    const flow = await bench.run(line(pass('A'), pass('B')));
    const all = recordAll(flow);
    await Promise.all([flow.call(1, { traceId: 't' }), flow.call(2, { traceId: 't' })]);
    const runs = new Map<number | null, string[]>();
    for (const { runId, eventType } of all) runs.set(runId, [...(runs.get(runId) ?? []), eventType]);
    const node = ['node_start', 'node_success'];
    expect([...runs.values()]).to.deep.equal(
      Array.from({ length: 2 }, () => ['trace_start', ...node, ...node, 'trace_end']),
    );
    expect(all[0]?.toPayload()['run']).to.equal(all[0]?.runId);
    expect(all[0]?.tagValues()).not.to.have.property('run');
  });
});
