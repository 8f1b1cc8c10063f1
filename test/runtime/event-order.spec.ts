import { expect } from 'chai';
import { useFlows, record } from '../support/flows.js';
import { failing, held, line, node } from '../support/nodes.js';
import { settle } from '../support/settling.js';

describe('the events of one message at one node', () => {
  const bench = useFlows();

  it('R12 a message that succeeds has node_start and node_success', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const events = record(flow);
    await flow.emit(1);
    await bench.clock.advance(250);
    calls[0]?.resolve(1);
    await settle();
    expect(events.map(({ eventType, attempt, latencyMs }) => [eventType, attempt, latencyMs])).to.deep.equal([
      ['node_start', 0, 0],
      ['node_success', 0, 250],
    ]);
  });

  it('R12 a retried message has start, error, retry with the wait, start … and failed with the flow error', async () => {
    const flow = await bench.run(line(failing('A', { maxRetries: 2, error: new TypeError('no') })));
    const events = record(flow);
    const traceId = await flow.emit(1);
    await bench.clock.advance(5_000);
    expect(events.map(({ eventType, attempt }) => [eventType, attempt])).to.deep.equal([
      ['node_start', 0],
      ['node_error', 0],
      ['node_retry', 1],
      ['node_start', 1],
      ['node_error', 1],
      ['node_retry', 2],
      ['node_start', 2],
      ['node_error', 2],
      ['node_failed', 2],
    ]);
    expect(
      events.filter(({ eventType }) => eventType === 'node_retry').map(({ extra }) => extra['sleep_s']),
    ).to.deep.equal([0.5, 1]);
    const failed = events.at(-1);
    expect(failed?.errorPayload).to.deep.include({
      code: 'NODE_EXCEPTION',
      message: "Node 'A' raised TypeError: no",
      trace_id: traceId,
      node_name: 'A',
      exception_type: 'TypeError',
    });
    expect(failed?.extra['flow_error']).to.equal(failed?.errorPayload);
  });

  it('R12 an attempt that timed out has node_timeout in the place of node_error', async () => {
    const flow = await bench.run(line(held('A', { timeoutS: 1, maxRetries: 1 }).node));
    const events = record(flow);
    await flow.emit(1);
    await bench.clock.advance(5_000);
    expect(events.map(({ eventType, attempt, latencyMs }) => [eventType, attempt, latencyMs])).to.deep.equal([
      ['node_start', 0, 0],
      ['node_timeout', 0, 1_000],
      ['node_retry', 1, null],
      ['node_start', 1, 0],
      ['node_timeout', 1, 1_000],
      ['node_failed', 1, 1_000],
    ]);
  });

  it('R12 node_error and node_timeout say what was thrown and whether a retry follows', async () => {
    const flow = await bench.run(line(failing('A', { maxRetries: 1, error: new TypeError('no') })));
    const events = record(flow);
    await flow.emit(1);
    await bench.clock.advance(5_000);
    const errors = events.filter(({ eventType }) => eventType === 'node_error');
    expect(errors.map(({ extra }) => extra)).to.deep.equal([
      { exception: 'TypeError: no', max_attempts: 2, will_retry: true, sleep_s: 0.5 },
      { exception: 'TypeError: no', max_attempts: 2 },
    ]);
    expect(errors[0]?.error).to.be.instanceOf(TypeError);
  });

  /** The latency of a node that emits four times while the next is busy for a second, and then works for 300 ms. */
  async function latencyOf(
    emitAll: (emit: () => Promise<void>) => Promise<unknown>,
  ): Promise<number | null | undefined> {
    const next = held('B');
    const busy = node('A', async (_: unknown, ctx) => {
      await emitAll(() => ctx.emit(1));
      await new Promise<void>((resolve) => {
        bench.clock.setTimer(resolve, 300);
      });
    });
    const flow = await bench.run(line(busy, next.node), { queueMaxsize: 1 });
    const events = record(flow);
    await flow.emit(0);
    await bench.clock.advance(1_000);
    for (let n = 0; n < 4; n++) {
      next.calls[n]?.resolve();
      await settle();
    }
    await bench.clock.advance(300);
    return events.find(({ nodeName, eventType }) => nodeName === 'A' && eventType === 'node_success')?.latencyMs;
  }

  it('R12 the latency of a success leaves out the wait for room of ctx.emit', async () => {
    const latency = await latencyOf(async (emit) => {
      for (let n = 0; n < 4; n++) await emit();
    });
    expect(latency).to.equal(300);
  });

  it('R12 emits that wait for room side by side are left out once', async () => {
    expect(await latencyOf((emit) => Promise.all([emit(), emit(), emit(), emit()]))).to.equal(300);
  });

  it('R12 emits whose waits for room overlap are left out once, from the first to the last', async () => {
    const latency = await latencyOf(async (emit) => {
      const first = Promise.all([emit(), emit(), emit()]);
      await new Promise<void>((resolve) => {
        bench.clock.setTimer(resolve, 500);
      });
      await emit();
      await first;
    });
    expect(latency).to.equal(300);
  });

  it('R12 the latency of a success leaves out the wait of its result', async () => {
    const next = held('B');
    const flow = await bench.run(
      line(
        node('A', (n: unknown) => n),
        next.node,
      ),
      { queueMaxsize: 1 },
    );
    const events = record(flow);
    for (let n = 0; n < 4; n++) await flow.emit(n);
    await bench.clock.advance(5_000);
    next.calls[0]?.resolve();
    await settle();
    const latencies = events
      .filter(({ nodeName, eventType }) => nodeName === 'A' && eventType === 'node_success')
      .map(({ latencyMs }) => latencyMs);
    expect(latencies).to.deep.equal([0, 0, 0, 0]);
  });
});
